import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cursorOf, packageId, seed } from '../support/seed.js';
import type { SeededAgency, SeededSubaccount } from '../support/seed.js';
import type { SeededDevice } from '../support/seeded-device.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';

let server: TestServer;
/** The number of somebody who can receive: what never leaves is given back. */
let to: string;
beforeAll(async () => {
  server = await startTestServer({ env: { BRAND_LINE: 'Sent with Toko' } });
  to = server.simulator.createPhone().number;
});
afterAll(() => server.stop());

interface Plan {
  readonly id: string;
  readonly code: string;
  readonly maxDevices: number | null;
}

async function plansOf({ api }: SeededAgency): Promise<readonly Plan[]> {
  const { plans } = await api.ask<{ plans: { nodes: Plan[] } }>('{ plans { nodes { id code maxDevices } } }');
  return plans.nodes;
}

async function givePlan(subaccount: SeededSubaccount, code: string): Promise<void> {
  const plan = (await plansOf(subaccount.agency)).find((each) => each.code === code);
  const input = { subaccountId: subaccount.id, planId: plan?.id };
  await subaccount.agency.api.mutate('updateSubaccount', input, '__typename');
}

const createDevice = ({ api, id }: SeededSubaccount, input: object = {}) =>
  api.mutate<{ device: { id: string; package: { code: string } } }>(
    'createDevice',
    { subaccountId: id, label: 'Sales', ...input },
    'device { id package { code } }',
  );

const QUOTA = `quota { free { monthlyLimit used remaining resetsAt }
  pro { total used remaining expiresAt vouchers { total remaining } } } attention`;
interface QuotaOf {
  readonly quota: {
    readonly free: {
      readonly monthlyLimit: number | null;
      readonly used: number;
      readonly remaining: number | null;
      readonly resetsAt: string | null;
    };
    readonly pro: {
      readonly total: number;
      readonly used: number;
      readonly remaining: number;
      readonly expiresAt: string | null;
      readonly vouchers: readonly { readonly total: number; readonly remaining: number }[];
    };
  };
  readonly attention: readonly string[];
}

const send = (device: SeededDevice, text = 'hello') =>
  device.api.mutate<{ message: { id: string; quota: object; brandLine: string | null; priority: string } }>(
    'sendMessage',
    { deviceId: device.id, to, text },
    'message { id quota { pool remaining } brandLine priority }',
  );

/** A connected device in a package with so many messages a month. */
async function meteredDevice(monthlyAllowance: number): Promise<SeededDevice> {
  const device = await seed(server).agency().subaccount().device({ connected: true });
  const { package: made } = await device.subaccount.agency.api.mutate<{ package: { id: string } }>(
    'createPackage',
    { code: 'TINY', name: 'Tiny', monthlyAllowance, brandLine: true, webhooks: false, priority: false },
    'package { id }',
  );
  await device.subaccount.agency.api.mutate(
    'updateDevice',
    { deviceId: device.id, packageId: made.id },
    '__typename',
  );
  return device;
}

async function createVoucher(
  agency: SeededAgency,
  input: Readonly<Record<string, unknown>>,
): Promise<{ id: string; code: string }> {
  const { vouchers } = await agency.api.mutate<{ vouchers: { id: string; code: string }[] }>(
    'createVouchers',
    input,
    'vouchers { id code }',
  );
  const [voucher] = vouchers;
  if (voucher === undefined) throw new Error('no voucher');
  return voucher;
}

describe('a new agency', () => {
  it('has the shipped plans and packages, the small numbers included', async () => {
    const agency = await seed(server).agency();
    expect((await plansOf(agency)).map(({ code, maxDevices }) => [code, maxDevices])).toEqual([
      ['FREE', 1],
      ['LITE', 1],
      ['REGULAR', 3],
      ['BUSINESS', null],
    ]);
    const { packages } = await agency.api.ask<{ packages: { nodes: object[] } }>(
      '{ packages { nodes { number code name monthlyAllowance webhooks priority brandLine isDefault } } }',
    );
    const unlimited = { monthlyAllowance: null, webhooks: true, priority: true, brandLine: false };
    expect(packages.nodes).toEqual([
      { number: 1, code: 'BETA', name: 'Beta Tester', ...unlimited, isDefault: false },
      { number: 2, code: 'STARTER60K', name: 'Starter', ...unlimited, isDefault: false },
      { number: 3, code: 'STARTUP240K', name: 'Startup', ...unlimited, isDefault: false },
      { number: 4, code: 'BUSINESS', name: 'Business', ...unlimited, isDefault: false },
      { number: 5, code: 'UNLIMITED', name: 'Unlimited', ...unlimited, isDefault: true },
      {
        number: 6,
        code: 'FREE',
        name: 'Free',
        monthlyAllowance: 1_000,
        webhooks: false,
        priority: false,
        brandLine: true,
        isDefault: false,
      },
    ]);
  });

  it('makes plans of its own, its default among them; archived ones are no longer chosen', async () => {
    const agency = await seed(server).agency();
    const { plan } = await agency.api.mutate<{ plan: Plan }>(
      'createPlan',
      { code: 'RESELL', name: 'For resale', maxDevices: 2, features: ['PIPELINES'], isDefault: true },
      'plan { id code maxDevices }',
    );
    const { subaccount } = await agency.api.mutate<{ subaccount: { plan: { code: string } } }>(
      'createSubaccount',
      { agencyId: agency.id, name: 'Client' },
      'subaccount { plan { code } }',
    );
    expect(subaccount.plan.code).toBe('RESELL');
    const taken = { code: 'RESELL', name: 'Again' };
    expect((await agency.api.mutationRefusal('createPlan', taken)).reason).toBe('CODE_TAKEN');
    const archived = await agency.api.mutationRefusal('archivePlan', { planId: plan.id });
    expect(archived.reason).toBe('DEFAULT_NOT_ARCHIVABLE');
    const free = (await plansOf(agency)).find(({ code }) => code === 'FREE');
    await agency.api.mutate('archivePlan', { planId: free?.id }, '__typename');
    const input = { agencyId: agency.id, name: 'Client', planId: free?.id };
    expect((await agency.api.mutationRefusal('createSubaccount', input)).reason).toBe('PLAN_ARCHIVED');
  });
});

describe('the device limit of a plan', () => {
  it('lets one of two creates at the limit win, and says what the limit is', async () => {
    const subaccount = await seed(server).agency().subaccount();
    await givePlan(subaccount, 'REGULAR');
    await createDevice(subaccount);
    await createDevice(subaccount);

    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => createDevice(subaccount)));

    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const refused = await server.graphql(
      'mutation ($input: CreateDeviceInput!) { createDevice(input: $input) { token } }',
      { input: { subaccountId: subaccount.id, label: 'one more' } },
      subaccount.api.token,
    );
    expect(refused.errors[0]?.extensions).toMatchObject({
      code: 'FORBIDDEN',
      reason: 'DEVICE_LIMIT_EXCEEDED',
      limit: 3,
      plan: 'REGULAR',
      planName: 'Regular',
    });
  });

  it('has room again after a deletion and a larger plan; a smaller one takes no device away', async () => {
    const subaccount = await seed(server).agency().subaccount();
    await givePlan(subaccount, 'FREE');
    const { device } = await createDevice(subaccount);
    const input = { subaccountId: subaccount.id, label: 'second' };
    expect((await subaccount.api.mutationRefusal('createDevice', input)).reason).toBe(
      'DEVICE_LIMIT_EXCEEDED',
    );
    await subaccount.api.mutate('deleteDevice', { deviceId: device.id }, '__typename');
    await createDevice(subaccount);
    await givePlan(subaccount, 'BUSINESS');
    await createDevice(subaccount);
    await givePlan(subaccount, 'FREE');
    const { subaccount: read } = await subaccount.api.ask<{ subaccount: { devices: { nodes: object[] } } }>(
      'query ($id: ID!) { subaccount(id: $id) { devices { nodes { id } } } }',
      { id: subaccount.id },
    );
    expect(read.devices.nodes).toHaveLength(2);
    expect((await subaccount.api.mutationRefusal('createDevice', input)).reason).toBe(
      'DEVICE_LIMIT_EXCEEDED',
    );
  });

  it('is not for the client itself to raise', async () => {
    const subaccount = await seed(server).agency().subaccount();
    const [plan] = await plansOf(subaccount.agency);
    const input = { subaccountId: subaccount.id, planId: plan?.id };
    expect((await subaccount.api.mutationRefusal('updateSubaccount', input)).reason).toBe(
      'ACTION_NOT_ALLOWED',
    );
  });
});

describe('a package', () => {
  it('is unlimited unless another one is chosen; one that is the agency’s to give is refused to the client', async () => {
    const subaccount = await seed(server).agency().subaccount();
    expect((await createDevice(subaccount)).device.package.code).toBe('UNLIMITED');
    const free = await packageId(subaccount.agency, 'FREE');
    expect((await createDevice(subaccount, { packageId: free })).device.package.code).toBe('FREE');
    await subaccount.agency.api.mutate(
      'updatePackage',
      { packageId: free, selfService: false },
      '__typename',
    );
    const input = { subaccountId: subaccount.id, label: 'x', packageId: free };
    expect((await subaccount.api.mutationRefusal('createDevice', input)).reason).toBe(
      'PACKAGE_NOT_SELECTABLE',
    );
    await subaccount.agency.api.mutate('createDevice', input, '__typename');
  });

  it('without allowance charges nothing and adds nothing to a message', async () => {
    const device = await seed(server).agency().subaccount().device({ connected: true });
    const { message } = await send(device);
    expect(message).toMatchObject({ quota: { pool: 'UNLIMITED', remaining: null }, brandLine: null });
    const { quota } = await device.read<QuotaOf>(QUOTA);
    expect(quota.free).toEqual({ monthlyLimit: null, used: 0, remaining: null, resetsAt: null });
  });
});

describe('a device with an allowance', () => {
  it('is told low and exhausted, and refuses with pool, limit and the moment of the next month', async () => {
    const device = await meteredDevice(10);
    const after = await cursorOf(device.subaccount);
    for (let sent = 1; sent <= 10; sent += 1) {
      expect((await send(device)).message.quota).toEqual({ pool: 'FREE', remaining: 10 - sent });
    }
    const before = await device.read<QuotaOf>(QUOTA);
    expect(before.quota.free).toMatchObject({ monthlyLimit: 10, used: 10, remaining: 0 });
    expect(before.attention).toEqual(['QUOTA_LOW']);

    const refused = await server.graphql(
      'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { replayed } }',
      { input: { deviceId: device.id, to, text: 'one more' } },
      device.api.token,
    );
    const now = new Date();
    expect(refused.errors[0]?.extensions).toMatchObject({
      code: 'QUOTA_EXCEEDED',
      reason: 'QUOTA_EXHAUSTED',
      pool: 'FREE',
      used: 10,
      limit: 10,
      resetsAt: new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1)).toISOString(),
    });
    const { events } = await device.api.ask<{ events: { events: { topic: string }[] } }>(
      `query ($id: ID!, $after: EventCursor) { events(subaccountId: $id, after: $after,
        topics: [DEVICE_QUOTA_LOW, DEVICE_QUOTA_EXHAUSTED]) { events { topic } } }`,
      { id: device.subaccount.id, after },
    );
    expect(events.events.map(({ topic }) => topic)).toEqual(['DEVICE_QUOTA_LOW', 'DEVICE_QUOTA_EXHAUSTED']);
  });

  it('sends the brand line on a line of its own, the text of the API stays the caller’s', async () => {
    const device = await meteredDevice(5);
    const customer = server.simulator.createPhone();
    const message = await device.send({ to: customer.number, text: 'Your order is ready' });
    const received = await customer.waitForMessage(({ text }) => text.startsWith('Your order'));
    expect(received.text).toBe('Your order is ready\nSent with Toko');
    expect(message.text).toBe('Your order is ready');
  });

  it('changes with its package at once, the running month included', async () => {
    const device = await meteredDevice(1);
    await send(device);
    expect(
      (await device.api.mutationRefusal('sendMessage', { deviceId: device.id, to, text: 'x' })).reason,
    ).toBe('QUOTA_EXHAUSTED');
    const tiny = await packageId(device.subaccount.agency, 'TINY');
    await device.subaccount.agency.api.mutate(
      'updatePackage',
      { packageId: tiny, monthlyAllowance: 3 },
      '__typename',
    );
    expect((await send(device)).message.quota).toEqual({ pool: 'FREE', remaining: 1 });
  });
});

describe('a voucher', () => {
  it('is paid with first, without brand line and with priority; its expiry is shown', async () => {
    const device = await meteredDevice(5);
    const { code } = await createVoucher(device.subaccount.agency, { amount: 2, validityDays: 30 });
    const { voucher } = await device.api.mutate<{ voucher: { total: number; expiresAt: string } }>(
      'redeemVoucher',
      { deviceId: device.id, code: code.toLowerCase().replaceAll('-', ' ') },
      'voucher { total expiresAt }',
    );
    const days = (Date.parse(voucher.expiresAt) - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(29.9);
    expect(days).toBeLessThanOrEqual(30);

    expect((await send(device)).message).toMatchObject({
      quota: { pool: 'PRO', remaining: 1 },
      brandLine: null,
    });
    const { quota } = await device.read<QuotaOf>(QUOTA);
    expect(quota.pro).toEqual({
      total: 2,
      used: 1,
      remaining: 1,
      expiresAt: voucher.expiresAt,
      vouchers: [{ total: 2, remaining: 1 }],
    });
    expect((await send(device)).message.quota).toEqual({ pool: 'PRO', remaining: 0 });
    expect((await send(device)).message).toMatchObject({
      quota: { pool: 'FREE', remaining: 4 },
      brandLine: 'Sent with Toko',
    });
  });

  it('is redeemed by each device once, by as many as it has uses, also when all come at once', async () => {
    const agency = await seed(server).agency();
    const subaccount = await seed(server).agency().subaccount();
    const devices = await Promise.all(Array.from({ length: 4 }, () => createDevice(subaccount)));
    const { code, id } = await createVoucher(subaccount.agency, { amount: 5, validityDays: 1, maxUses: 3 });
    const attempts = devices.flatMap(({ device }) =>
      [1, 2].map(() => subaccount.api.mutate('redeemVoucher', { deviceId: device.id, code }, '__typename')),
    );
    const outcomes = await Promise.allSettled(attempts);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);

    const again = { deviceId: devices[0]?.device.id, code };
    expect((await subaccount.api.mutationRefusal('redeemVoucher', again)).reason).toMatch(
      /^VOUCHER_(?:ALREADY_REDEEMED|USED_UP)$/,
    );
    const { node } = await subaccount.agency.api.ask<{ node: { useCount: number; code: string } }>(
      'query ($id: ID!) { node(id: $id) { ... on Voucher { useCount code } } }',
      { id },
    );
    expect(node).toEqual({ useCount: 3, code });
    const other = await agency.api.ask<{ node: null }>('query ($id: ID!) { node(id: $id) { id } }', { id });
    expect(other.node).toBeNull();
  });

  it('cannot be redeemed when it is revoked, over, or of another agency', async () => {
    const subaccount = await seed(server).agency().subaccount();
    const { device } = await createDevice(subaccount);
    const redeem = (code: string) =>
      subaccount.api.mutationRefusal('redeemVoucher', { deviceId: device.id, code });
    const revoked = await createVoucher(subaccount.agency, { amount: 5, validityDays: 1 });
    await subaccount.agency.api.mutate('revokeVoucher', { voucherId: revoked.id }, '__typename');
    expect((await redeem(revoked.code)).reason).toBe('VOUCHER_REVOKED');
    const foreign = await createVoucher(await seed(server).agency(), { amount: 5, validityDays: 1 });
    expect(await redeem(foreign.code)).toMatchObject({ status: 200, reason: 'VOUCHER_UNKNOWN' });
    expect((await redeem('nonsense')).reason).toBe('VOUCHER_UNKNOWN');
    const past = { amount: 1, validityDays: 1, redeemBy: '2020-01-01T00:00:00Z' };
    expect((await subaccount.agency.api.mutationRefusal('createVouchers', past)).fields).toEqual([
      'input.redeemBy',
    ]);
  });
});
