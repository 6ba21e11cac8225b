import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { eventually } from '../support/eventually.js';
import { MovableClock } from '../support/movable-clock.js';
import { createKey, packageId, seed } from '../support/seed.js';
import type { SeededSubaccount } from '../support/seed.js';
import type { SeededDevice } from '../support/seeded-device.js';
import { createWebhook, deliveriesTo } from '../support/seeded-webhook.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';
import { answers, WebhookReceiver } from '../support/webhook-receiver.js';

vi.setConfig({ testTimeout: 60_000 });

const DAY_MS = 24 * 60 * 60_000;

let server: TestServer;
let receiver: WebhookReceiver;
const clock = new MovableClock();

beforeAll(async () => {
  receiver = await WebhookReceiver.start();
  server = await startTestServer({ clock, env: { OUTBOUND_ALLOW: receiver.host } });
});
afterAll(async () => {
  await server.stop();
  await receiver[Symbol.asyncDispose]();
});

const freeDevice = async (): Promise<SeededDevice> =>
  seed(server).agency().subaccount().device({ package: 'FREE' });

async function redeemVoucher(device: SeededDevice): Promise<void> {
  const { vouchers } = await device.subaccount.agency.api.mutate<{ vouchers: { code: string }[] }>(
    'createVouchers',
    { amount: 1, validityDays: 1 },
    'vouchers { code }',
  );
  await device.do('redeemVoucher', { code: vouchers[0]?.code });
}

/** Sets the webhook of a device; returns the id of its endpoint. */
async function setWebhook(device: SeededDevice, path: string): Promise<string> {
  const { webhookEndpoint } = await device.api.mutate<{ webhookEndpoint: { id: string } }>(
    'setDeviceWebhook',
    { deviceId: device.id, url: receiver.url(path) },
    'webhookEndpoint { id }',
  );
  return webhookEndpoint.id;
}

/** What a path heard of changes of the device: its labels then, each once. */
function labelsTo(path: string): readonly string[] {
  const told = receiver
    .callsTo(path)
    .map(({ body }) => (JSON.parse(body) as { data: { device?: { label: string } } }).data.device?.label);
  return [...new Set(told)].filter((label) => label !== undefined);
}

/** Waits until everything that happened so far was read: each endpoint that wanted it has a delivery by now. */
async function everythingIsRead({ api, id }: SeededSubaccount, path: string): Promise<void> {
  const before = receiver.callsTo(path).length;
  await createKey(api, { subaccountId: id });
  await receiver.receives(path, before + 1);
}

describe('a device whose package includes no webhooks', () => {
  it('is refused one of its own, and an endpoint for itself', async () => {
    const device = await freeDevice();
    const refused = { code: 'FORBIDDEN', reason: 'WEBHOOKS_NOT_INCLUDED' };
    const input = { deviceId: device.id, url: receiver.url('refused') };
    expect(await device.api.mutationRefusal('setDeviceWebhook', input)).toMatchObject(refused);
    const restricted = { ...input, subaccountId: device.subaccount.id };
    expect(await device.api.mutationRefusal('createWebhookEndpoint', restricted)).toMatchObject(refused);
    // An endpoint of the subaccount is its plan's matter; it hears nothing of this device.
    await createWebhook(device.subaccount, {
      url: receiver.url('subaccount'),
      topics: ['DEVICE_UPDATED', 'API_KEY_CREATED'],
    });
    await device.do('updateDevice', { label: 'unheard' });
    await everythingIsRead(device.subaccount, 'subaccount');
    expect(labelsTo('subaccount')).toEqual([]);
  });
});

describe('the right to webhooks', () => {
  it('lasts as long as a voucher: what happens after it is not told, nor kept for the next one', async () => {
    const device = await freeDevice();
    await createWebhook(device.subaccount, { url: receiver.url('mark'), topics: ['API_KEY_CREATED'] });
    await redeemVoucher(device);
    const own = await setWebhook(device, 'voucher');
    await device.do('updateDevice', { label: 'paid' });
    await eventually(() => labelsTo('voucher')).toContain('paid');
    clock.advance(DAY_MS + 1_000);

    await device.do('updateDevice', { label: 'over' });
    await everythingIsRead(device.subaccount, 'mark');
    expect((await deliveriesTo(device.subaccount, own)).some(({ body }) => body.includes('over'))).toBe(
      false,
    );
    // Its address stays, and can be seen.
    expect(await device.read('webhookUrl')).toEqual({ webhookUrl: receiver.url('voucher') });

    await device.do('updateDevice', { label: 'later' });
    await redeemVoucher(device);
    await device.do('updateDevice', { label: 'paid again' });
    await eventually(() => labelsTo('voucher')).toContain('paid again');
    expect(labelsTo('voucher')).not.toContain('over');
  });

  it('ends with a change of the package, for what still waits to be tried again as well', async () => {
    const device = await seed(server).agency().subaccount().device();
    const { agency } = device.subaccount;
    await createWebhook(device.subaccount, { url: receiver.url('still'), topics: ['API_KEY_CREATED'] });
    const own = await setWebhook(device, 'changed');
    const givePackage = async (code: string, label: string): Promise<unknown> =>
      agency.api.mutate(
        'updateDevice',
        { deviceId: device.id, packageId: await packageId(agency, code), label },
        '__typename',
      );
    receiver.answer = (call, response) => answers(call.path === '/changed' ? 503 : 200)(call, response);
    await device.do('updateDevice', { label: 'waits' });
    await eventually(async () => (await deliveriesTo(device.subaccount, own))[0]).toMatchObject({
      status: 'RETRYING',
      attemptCount: 1,
    });

    await givePackage('FREE', 'small');
    await everythingIsRead(device.subaccount, 'still');
    receiver.answer = answers(200);
    clock.advance(60_000);
    await eventually(() => deliveriesTo(device.subaccount, own)).toMatchObject([
      { status: 'FAILED', lastError: 'WEBHOOKS_NOT_INCLUDED', nextAttemptAt: null },
    ]);

    await givePackage('UNLIMITED', 'large');
    await eventually(() => labelsTo('changed')).toContain('large');
    expect(labelsTo('changed')).toEqual(['waits', 'large']);
    expect(receiver.callsTo('changed').filter(({ body }) => body.includes('waits'))).toHaveLength(1);
  });
});

describe('a plan without webhooks', () => {
  it('allows no new endpoint; those that are there go on, and a key’s answer stays', async () => {
    const subaccount = await seed(server).agency().subaccount();
    const input = { url: receiver.url('plan'), topics: ['API_KEY_CREATED'], idempotencyKey: 'hook' };
    const first = await createWebhook(subaccount, input);
    await givePlan(subaccount, ['PIPELINES']);
    const refused = await server.graphql(
      'mutation ($input: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $input) { secret } }',
      { input: { subaccountId: subaccount.id, url: receiver.url('plan') } },
      subaccount.api.token,
    );
    expect(refused.errors[0]?.extensions).toMatchObject({
      code: 'FORBIDDEN',
      reason: 'PLAN_FEATURE_MISSING',
      feature: 'WEBHOOKS',
      plan: 'SMALL',
    });
    expect(await createWebhook(subaccount, input)).toEqual(first);
    await createKey(subaccount.api, { subaccountId: subaccount.id });
    await receiver.receives('plan', 1);
  });

  it('and one without pipelines allows no new pipeline', async () => {
    const subaccount = await seed(server).agency().subaccount();
    const create = { subaccountId: subaccount.id, name: 'Sales' };
    await subaccount.api.mutate('createPipeline', create, '__typename');
    await givePlan(subaccount, ['WEBHOOKS']);
    expect(await subaccount.api.mutationRefusal('createPipeline', create)).toMatchObject({
      code: 'FORBIDDEN',
      reason: 'PLAN_FEATURE_MISSING',
    });
    await createWebhook(subaccount, { url: receiver.url('other') });
  });
});

/** Puts a subaccount into a plan of its agency's own that includes no more than this. */
async function givePlan({ id, agency }: SeededSubaccount, features: readonly string[]): Promise<void> {
  const { plan } = await agency.api.mutate<{ plan: { id: string } }>(
    'createPlan',
    { code: 'SMALL', name: 'Small', features },
    'plan { id }',
  );
  await agency.api.mutate('updateSubaccount', { subaccountId: id, planId: plan.id }, '__typename');
}
