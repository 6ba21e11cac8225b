import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId, toPublicId } from '../../src/kernel/ids.js';
import type { ApiClient } from '../support/api-client.js';
import { RowCounts } from '../support/row-counts.js';
import { createKey, seed } from '../support/seed.js';
import type { SeededAgency } from '../support/seed.js';
import type { SeededDevice } from '../support/seeded-device.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';
import { expectRefusals, refused, wrong } from './support/refusals.js';
import type { Case } from './support/refusals.js';

let server: TestServer;
let rows: RowCounts;
let agency: SeededAgency;
let device: SeededDevice;
let unpaired: SeededDevice;
let pairing: SeededDevice;
let foreign: SeededDevice;
/** A login session of an AGENCY_ADMIN. */
let admin: ApiClient;
/** A key that may read devices and make keys, and nothing else. */
let narrow: ApiClient;

const PASSWORD = 'long enough to be safe';

beforeAll(async () => {
  server = await startTestServer();
  rows = await RowCounts.open(server);
  const subaccount = seed(server).agency().subaccount();
  device = await subaccount.device({ connected: true });
  unpaired = await subaccount.device();
  pairing = await subaccount.device();
  await pairing.showQr();
  foreign = await seed(server).agency().subaccount().device();
  ({ agency } = device.subaccount);
  admin = await logInAsAdmin();
  const scopes = ['device:read', 'api_key:create'];
  ({ api: narrow } = await createKey(agency.api, { subaccountId: device.subaccount.id }, scopes));
});
afterAll(async () => {
  await rows[Symbol.asyncDispose]();
  await server.stop();
});

async function logInAsAdmin(): Promise<ApiClient> {
  const account = { email: 'admin@example.com', password: PASSWORD };
  const user = { agencyId: agency.id, role: 'AGENCY_ADMIN', ...account };
  await agency.api.mutate('createUser', user, 'user { id }');
  const nobody = agency.api.as(null);
  const { sessionToken } = await nobody.mutate<{ sessionToken: string }>('logIn', account, 'sessionToken');
  return agency.api.as(sessionToken);
}

const missing = refused('NOT_FOUND', 'NOT_FOUND');
const state = (reason: string) => refused('INVALID_STATE', reason);
const forbidden = (reason: string) => refused('FORBIDDEN', reason);

describe('an id', () => {
  const unknown = toPublicId('Device', newId());
  const mutations = ['pairDevice', 'updateDevice', 'regenerateDeviceToken', 'suspendDevice', 'deleteDevice'];

  it.each(['sendMessage', ...mutations])('is refused where there is no such device: %s', async (mutation) => {
    const rest = mutation === 'sendMessage' ? { to: device.phone.number, text: 'hello' } : {};
    const malformed = refused('BAD_USER_INPUT', 'INVALID_ID', 'deviceId');
    await expectRefusals(device.api, rows, [
      [mutation, { deviceId: unknown, ...rest }, missing],
      [mutation, { deviceId: foreign.id, ...rest }, missing],
      [mutation, { deviceId: 'dev_nonsense', ...rest }, malformed],
      [mutation, { deviceId: device.subaccount.id, ...rest }, malformed],
    ]);
  });

  it('of another tenant gets the answer of an unknown one, to the letter', async () => {
    const answer = (deviceId: string) =>
      device.api.mutationRefusal('sendMessage', { deviceId, to: device.phone.number, text: 'hello' });
    expect(await answer(foreign.id)).toEqual(await answer(unknown));
  });
});

describe('what cannot be so is refused, names the wrong field and leaves no row behind', () => {
  it.each(['', '   ', 'x'.repeat(201), 'bell \u0007'])('a device called %j', async (label) => {
    const { id: subaccountId } = device.subaccount;
    await expectRefusals(device.api, rows, [
      ['createDevice', { subaccountId, label }, wrong('label')],
      ['updateDevice', { deviceId: device.id, label }, wrong('label')],
    ]);
  });

  it('a device', async () => {
    const byCode = { deviceId: unpaired.id, method: 'PHONE_CODE' };
    const invalidPhone = refused('BAD_USER_INPUT', 'INVALID_PHONE', 'phoneNumber');
    await expectRefusals(device.api, rows, [
      ['updateDevice', { deviceId: device.id, priority: -1 }, wrong('priority')],
      ['updateDevice', { deviceId: device.id, priority: 1_001 }, wrong('priority')],
      ['regenerateDeviceToken', { deviceId: device.id, graceSeconds: -1 }, wrong('graceSeconds')],
      ['regenerateDeviceToken', { deviceId: device.id, graceSeconds: 86_401 }, wrong('graceSeconds')],
      ['pairDevice', byCode, wrong('phoneNumber')],
      ['pairDevice', { ...byCode, phoneNumber: '5' }, invalidPhone],
      ['pairDevice', { deviceId: pairing.id }, refused('CONFLICT', 'PAIRING_ALREADY_RUNNING')],
      ['pairDevice', { deviceId: device.id }, state('DEVICE_ALREADY_PAIRED')],
      ['cancelPairing', { deviceId: unpaired.id }, state('PAIRING_NOT_RUNNING')],
      ['reconnectDevice', { deviceId: unpaired.id }, state('DEVICE_NOT_PAIRED')],
      ['logoutDevice', { deviceId: unpaired.id }, state('DEVICE_NOT_PAIRED')],
    ]);
  });

  it('a person', async () => {
    const user = {
      agencyId: agency.id,
      email: 'new@example.com',
      password: PASSWORD,
      role: 'AGENT',
      subaccountIds: [device.subaccount.id],
    };
    const owner = { ...user, role: 'AGENCY_OWNER', subaccountIds: [] };
    const taken = refused('CONFLICT', 'EMAIL_TAKEN', 'email');
    await expectRefusals(agency.api, rows, [
      ['createUser', { ...user, email: 'new@' }, wrong('email')],
      ['createUser', { ...user, password: 'short' }, wrong('password')],
      ['createUser', { ...user, subaccountIds: [] }, wrong('subaccountIds')],
      ['createUser', { ...user, subaccountIds: [foreign.subaccount.id] }, missing],
      ['createUser', { ...user, email: 'admin@example.com' }, taken],
      ['createUser', owner, forbidden('ROLE_NOT_ALLOWED'), admin],
    ]);
  });

  it('an agency or a subaccount', async () => {
    const client = { agencyId: agency.id, name: 'Client' };
    const founding = { name: 'A', ownerEmail: 'new@example.com', ownerPassword: PASSWORD };
    const operator = agency.api.as(server.operatorKey);
    await expectRefusals(agency.api, rows, [
      ['createSubaccount', { ...client, timezone: 'Mars/Olympus' }, wrong('timezone')],
      ['createSubaccount', { ...client, name: '' }, wrong('name')],
      ['createSubaccount', { ...client, agencyId: foreign.subaccount.agency.id }, missing],
      ['createAgency', { ...founding, ownerEmail: 'nobody' }, wrong('ownerEmail'), operator],
      ['createAgency', { ...founding, ownerPassword: '123' }, wrong('ownerPassword'), operator],
      ['createAgency', founding, forbidden('ACTION_NOT_ALLOWED')],
    ]);
  });

  it('a key', async () => {
    const { id: subaccountId } = device.subaccount;
    const key = { subaccountId, name: 'key', scopes: ['*'] };
    const message = { deviceId: device.id, to: device.phone.number, text: 'hello' };
    await expectRefusals(agency.api, rows, [
      ['createApiKey', { ...key, scopes: ['world:rule'] }, wrong('scopes')],
      ['createApiKey', { ...key, scopes: [] }, wrong('scopes')],
      ['createApiKey', { ...key, agencyId: agency.id }, wrong('agencyId', 'subaccountId')],
      ['createApiKey', { name: 'key', scopes: ['*'] }, wrong('agencyId', 'subaccountId')],
      ['createApiKey', { ...key, expiresAt: '2020-01-01T00:00:00Z' }, wrong('expiresAt')],
      ['createApiKey', key, forbidden('SCOPE_NOT_ALLOWED'), narrow],
      ['sendMessage', message, forbidden('ACTION_NOT_ALLOWED'), narrow],
    ] satisfies readonly Case[]);
  });
});

describe('a question that cannot be asked', () => {
  const devices = `query ($id: ID!, $first: Int! = 5, $after: String) {
    subaccount(id: $id) { devices(first: $first, after: $after) { nodes { id } } } }`;
  const conversations = `query ($id: ID!, $after: String) {
    subaccount(id: $id) { conversations(after: $after) { nodes { id } } } }`;
  const events = `query ($id: ID!, $after: EventCursor) { events(subaccountId: $id, after: $after) { endCursor } }`;

  it.each(['nonsense', '', 'WyJub3RoaW5nIl0', 'eyJhIjoxfQ'])('has a malformed cursor: %j', async (after) => {
    const { id } = device.subaccount;
    const malformed = { code: 'BAD_USER_INPUT', reason: 'INVALID_CURSOR', fields: ['after'] };
    for (const query of [devices, conversations, events]) {
      expect(await device.api.refusal(query, { id, after })).toMatchObject(malformed);
    }
  });

  it('has the cursor of another stream', async () => {
    const { subaccount } = foreign;
    const page = await subaccount.api.ask<{ events: { endCursor: string } }>(events, { id: subaccount.id });
    const after = page.events.endCursor;
    expect(await device.api.refusal(events, { id: device.subaccount.id, after })).toMatchObject({
      code: 'BAD_USER_INPUT',
      reason: 'INVALID_CURSOR',
    });
  });

  it.each([0, -1, 101])('wants a page of %i', async (first) => {
    expect(await device.api.refusal(devices, { id: device.subaccount.id, first })).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: ['first'],
    });
  });

  it('is nested too deeply, too long, or too large', async () => {
    const nest = (levels: number): string =>
      levels === 0 ? 'id' : `agency { subaccounts { nodes { ${nest(levels - 1)} } } }`;
    expect(await agency.api.refusal(`{ ${nest(6)} }`)).toMatchObject({ reason: 'QUERY_TOO_DEEP' });
    const long = `{ ${'viewer { kind } '.repeat(600)} }`;
    expect(await agency.api.refusal(long)).toMatchObject({ reason: 'QUERY_TOO_LONG' });
    const large = { deviceId: device.id, to: device.phone.number, text: 'x'.repeat(300_000) };
    expect(await agency.api.mutationRefusal('sendMessage', large)).toMatchObject({
      status: 413,
      reason: 'BODY_TOO_LARGE',
    });
  });
});
