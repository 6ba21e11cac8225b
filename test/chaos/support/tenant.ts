import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { GraphqlClient, GraphqlRequestError } from '../../../src/cli/graphql-client.js';
import type { Phone } from '../../../src/simulator/index.js';
import { insist } from './insist.js';
import type { Machines } from './machines.js';

const LOOK_EVERY_MS = 100;
const PAIRING_LIMIT_MS = 300_000;
const PAIRINGS_AT_ONCE = 16;

export interface ChaosDevice {
  readonly id: string;
  readonly phone: Phone;
}

export interface Tenant extends AsyncDisposable {
  readonly client: GraphqlClient;
  readonly devices: readonly ChaosDevice[];
}

/** Through the API alone: an agency with one subaccount, and devices that are paired and connected. */
export async function createTenant(machines: Machines, url: string, count: number): Promise<Tenant> {
  const login = { email: 'owner@example.com', password: randomBytes(18).toString('base64url') };
  await using operator = new GraphqlClient(url, machines.operatorKey);
  const { createAgency } = await operator.request<{ createAgency: { agency: { id: string } } }>(
    `mutation ($input: CreateAgencyInput!) { createAgency(input: $input) { agency { id } } }`,
    { input: { name: 'Chaos', ownerEmail: login.email, ownerPassword: login.password } },
  );
  const { logIn } = await operator.request<{ logIn: { sessionToken: string } }>(
    `mutation ($input: LogInInput!) { logIn(input: $input) { sessionToken } }`,
    { input: login },
  );
  const client = new GraphqlClient(url, logIn.sessionToken);
  const { createSubaccount } = await client.request<{ createSubaccount: { subaccount: { id: string } } }>(
    `mutation ($input: CreateSubaccountInput!) { createSubaccount(input: $input) { subaccount { id } } }`,
    { input: { agencyId: createAgency.agency.id, name: 'Client' } },
  );
  const devices: ChaosDevice[] = [];
  const numbers = Array.from({ length: count }, (_, number) => number).values();
  const worker = async (): Promise<void> => {
    for (const number of numbers) {
      const id = await createDevice(client, createSubaccount.subaccount.id, number);
      const phone = machines.simulator.createPhone({ name: `Device ${number}`, readAfterMs: null });
      await pair(client, id, phone);
      devices.push({ id, phone });
    }
  };
  await Promise.all(Array.from({ length: PAIRINGS_AT_ONCE }, worker));
  return { client, devices, [Symbol.asyncDispose]: () => client[Symbol.asyncDispose]() };
}

async function createDevice(client: GraphqlClient, subaccountId: string, number: number): Promise<string> {
  const label = `Device ${number}`;
  const answer = await insist<{ createDevice: { device: { id: string } } }>(client, {
    query: `mutation ($input: CreateDeviceInput!) { createDevice(input: $input) { device { id } } }`,
    variables: { input: { subaccountId, label, idempotencyKey: label } },
  });
  if (answer === null) throw new Error('no device was created');
  return answer.createDevice.device.id;
}

async function startPairing(client: GraphqlClient, deviceId: string): Promise<void> {
  try {
    await insist(client, {
      query: `mutation ($input: PairDeviceInput!) { pairDevice(input: $input) { device { id } } }`,
      variables: { input: { deviceId } },
    });
  } catch (error) {
    // The answer of the first request was lost.
    if (error instanceof GraphqlRequestError && error.reason === 'PAIRING_ALREADY_RUNNING') return;
    throw error;
  }
}

/** As a person would: the code that is shown is scanned, and a pairing that came to nothing is started again. */
async function pair(client: GraphqlClient, deviceId: string, phone: Phone): Promise<void> {
  const deadline = Date.now() + PAIRING_LIMIT_MS;
  await startPairing(client, deviceId);
  let tried: string | null = null;
  let last = '';
  while (Date.now() < deadline) {
    const answer = await insist<{
      device: { status: string; pairing: { state: string; qr: string | null } | null };
    }>(client, {
      query: `query ($id: ID!) { device(id: $id) { status pairing { state qr } } }`,
      variables: { id: deviceId },
    });
    const device = answer?.device;
    if (device?.status === 'CONNECTED') return;
    last = `${device?.status ?? 'unknown'}, its pairing ${device?.pairing?.state ?? 'unknown'}`;
    const qr = device?.pairing?.qr ?? null;
    if (qr !== null && qr !== tried) {
      tried = qr;
      // While processes share out the shards, a pairing may move to another one: then its next QR is good.
      await phone.scan(qr).catch(() => undefined);
    }
    if (device?.status === 'PAIRING_EXPIRED') await startPairing(client, deviceId);
    await sleep(LOOK_EVERY_MS);
  }
  throw new Error(`device ${deviceId} was not paired in time: it is ${last}`);
}
