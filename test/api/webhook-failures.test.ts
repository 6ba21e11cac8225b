import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MovableClock } from '../support/movable-clock.js';
import { eventually } from '../support/eventually.js';
import { createKey, seed } from '../support/seed.js';
import type { SeededSubaccount } from '../support/seed.js';
import { createWebhook, deliveriesTo } from '../support/seeded-webhook.js';
import type { ApiDelivery } from '../support/seeded-webhook.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';
import { answers, hangs, verified, WebhookReceiver } from '../support/webhook-receiver.js';

const DAY_MS = 24 * 60 * 60_000;
const ENDPOINT = 'status disabledReason attention failingSince';

let server: TestServer;
let receiver: WebhookReceiver;
let subaccount: SeededSubaccount;
const clock = new MovableClock();

beforeAll(async () => {
  receiver = await WebhookReceiver.start();
  server = await startTestServer({ clock, env: { OUTBOUND_ALLOW: receiver.host } });
  subaccount = await seed(server).agency().subaccount();
});
afterAll(async () => {
  await server.stop();
  await receiver[Symbol.asyncDispose]();
});

/** Something that happens in the subaccount. */
const happen = (): Promise<unknown> => createKey(subaccount.api, { subaccountId: subaccount.id });

async function hook(path: string): Promise<{ id: string; secret: string }> {
  return createWebhook(subaccount, { url: receiver.url(path), topics: ['API_KEY_CREATED'] });
}

async function stateOf(id: string): Promise<Record<string, unknown>> {
  const query = `query ($id: ID!) { node(id: $id) { ... on WebhookEndpoint { ${ENDPOINT} } } }`;
  return (await subaccount.api.ask<{ node: Record<string, unknown> }>(query, { id })).node;
}

/** Waits for the only delivery of an endpoint to look so. */
async function deliveryBecomes(id: string, facts: Partial<ApiDelivery>): Promise<ApiDelivery> {
  await eventually(async () => (await deliveriesTo(subaccount, id))[0]).toMatchObject(facts);
  const [delivery] = await deliveriesTo(subaccount, id);
  if (delivery === undefined) throw new Error('there is no delivery');
  return delivery;
}

const waitOf = ({ nextAttemptAt }: ApiDelivery): number =>
  new Date(nextAttemptAt ?? 0).getTime() - clock.now().getTime();

describe('a receiver', { timeout: 90_000 }, () => {
  it('that answers 410 is told nothing more, and people can see why', async () => {
    receiver.answer = answers(410);
    const { id } = await hook('gone');
    await happen();
    await deliveryBecomes(id, { status: 'FAILED', lastStatusCode: 410, attemptCount: 1 });
    expect(await stateOf(id)).toMatchObject({
      status: 'DISABLED',
      disabledReason: 'GONE',
      attention: ['DISABLED_GONE'],
    });
    const query = `query ($id: ID!) { events(subaccountId: $id, topics: [WEBHOOK_ENDPOINT_DISABLED]) {
      events { ... on ObjectChanged { nodeId } } } }`;
    const told = await subaccount.api.ask<{ events: { events: unknown[] } }>(query, { id: subaccount.id });
    expect(told.events.events).toEqual([{ nodeId: id }]);
  });

  it('that asks for a longer pause gets it, a day at most', async () => {
    receiver.answer = answers(429, '', { 'retry-after': '7200' });
    const { id } = await hook('later');
    await happen();
    const first = await deliveryBecomes(id, { status: 'RETRYING', attemptCount: 1, lastStatusCode: 429 });
    expect(waitOf(first)).toBeGreaterThan(7_100_000);
    expect(waitOf(first)).toBeLessThanOrEqual(7_200_000 * 1.2);
    receiver.answer = answers(503, '', { 'retry-after': '99999999' });
    clock.advance(7_200_000 * 1.2);
    const second = await deliveryBecomes(id, { status: 'RETRYING', attemptCount: 2, lastStatusCode: 503 });
    expect(waitOf(second)).toBeLessThanOrEqual(DAY_MS * 1.2);
    await subaccount.api.mutate('deleteWebhookEndpoint', { webhookEndpointId: id }, '__typename');
  });

  it('that fails is tried for days, then given up, and replayed with the same id and body', async () => {
    receiver.answer = answers(500, 'no');
    const { id, secret } = await hook('fails');
    await happen();
    for (let tries = 1; tries <= 10; tries += 1) {
      await eventually(async () => (await deliveriesTo(subaccount, id))[0]?.attempts.length).toBe(tries);
      const [delivery] = await deliveriesTo(subaccount, id);
      if (delivery?.status === 'RETRYING') clock.advance(waitOf(delivery) + 1_000);
    }
    const failed = await deliveryBecomes(id, { status: 'FAILED', nextAttemptAt: null });
    expect(
      failed.attempts.map(({ number, statusCode, response }) => ({ number, statusCode, response })),
    ).toEqual(
      Array.from({ length: 10 }, (_each, index) => ({ number: index + 1, statusCode: 500, response: 'no' })),
    );
    expect(await stateOf(id)).toMatchObject({ status: 'ENABLED', attention: ['FAILING'] });
    expect(await deliveriesTo(subaccount, id, { status: ['FAILED'] })).toHaveLength(1);

    receiver.answer = answers(200);
    const { webhookReplay, hasMore } = await subaccount.api.mutate<{
      webhookReplay: { id: string; total: number };
      hasMore: boolean;
    }>('replayWebhookDeliveries', { webhookEndpointId: id }, 'webhookReplay { id total } hasMore');
    expect({ total: webhookReplay.total, hasMore }).toEqual({ total: 1, hasMore: false });
    await deliveryBecomes(id, { status: 'SUCCEEDED', attemptCount: 11 });
    const progress = `query ($id: ID!) { node(id: $id) { ... on WebhookReplay { total waiting succeeded failed } } }`;
    expect((await subaccount.api.ask<{ node: unknown }>(progress, { id: webhookReplay.id })).node).toEqual({
      total: 1,
      waiting: 0,
      succeeded: 1,
      failed: 0,
    });
    await subaccount.api.mutate('replayWebhookDelivery', { webhookDeliveryId: failed.id }, '__typename');
    await deliveryBecomes(id, { status: 'SUCCEEDED', attemptCount: 12 });
    const calls = receiver.callsTo('fails');
    expect(new Set(calls.map((call) => `${call.id} ${call.body}`)).size).toBe(1);
    expect(calls[0]?.id).toBe(failed.id);
    expect(await stateOf(id)).toMatchObject({ attention: [], failingSince: null });
    expect(secret).toMatch(/^whsec_/);
    await subaccount.api.mutate('deleteWebhookEndpoint', { webhookEndpointId: id }, '__typename');
  });

  it('that does nothing but fail for five days is switched off, and can be switched on again', async () => {
    receiver.answer = answers(500);
    const { id } = await hook('dead');
    await happen();
    await deliveryBecomes(id, { status: 'RETRYING', attemptCount: 1 });
    expect(await stateOf(id)).toMatchObject({ status: 'ENABLED', attention: ['FAILING'] });
    clock.advance(5 * DAY_MS);
    await eventually(() => stateOf(id)).toMatchObject({
      status: 'DISABLED',
      disabledReason: 'FAILING',
      attention: ['DISABLED_FAILING'],
    });
    // What happens now is not kept for it.
    await happen();
    receiver.answer = answers(200);
    await subaccount.api.mutate(
      'updateWebhookEndpoint',
      { webhookEndpointId: id, enabled: true },
      '__typename',
    );
    await happen();
    await eventually(
      async () => (await deliveriesTo(subaccount, id, { status: ['SUCCEEDED'] })).length,
    ).toBeGreaterThan(0);
    expect(await deliveriesTo(subaccount, id)).toHaveLength(2);
    await subaccount.api.mutate('deleteWebhookEndpoint', { webhookEndpointId: id }, '__typename');
  });

  it('is not followed elsewhere, and its redirect is a failure', async () => {
    receiver.answer = answers(302, '', { location: receiver.url('elsewhere') });
    const { id } = await hook('moved');
    await happen();
    await deliveryBecomes(id, { status: 'RETRYING', lastStatusCode: 302 });
    expect(receiver.callsTo('elsewhere')).toEqual([]);
    await subaccount.api.mutate('deleteWebhookEndpoint', { webhookEndpointId: id }, '__typename');
  });

  it('can be tried out, once', async () => {
    receiver.answer = answers(418, 'teapot');
    const { id } = await hook('test');
    await subaccount.api.mutate(
      'testWebhookEndpoint',
      { webhookEndpointId: id },
      'webhookDelivery { id topic }',
    );
    const tested = await deliveryBecomes(id, { status: 'FAILED', topic: null, lastStatusCode: 418 });
    expect(tested.attempts).toMatchObject([{ response: 'teapot' }]);
    expect(JSON.parse(tested.body)).toMatchObject({ topic: 'webhook.test' });
    await subaccount.api.mutate('deleteWebhookEndpoint', { webhookEndpointId: id }, '__typename');
  });
});

describe('two secrets', { timeout: 60_000 }, () => {
  it('sign while one replaces the other, and only the new one after that', async () => {
    clock.advance(Date.now() - clock.now().getTime());
    receiver.answer = answers(200);
    const { id, secret } = await hook('rotated');
    const rotated = await subaccount.api.mutate<{ secret: string }>(
      'rotateWebhookSecret',
      { webhookEndpointId: id, graceSeconds: 60 },
      'secret webhookEndpoint { previousSecretExpiresAt }',
    );
    await happen();
    const [during] = await receiver.receives('rotated', 1);
    if (during === undefined) throw new Error('nothing was received');
    expect(verified(during, secret).topic).toBe('api_key.created');
    expect(verified(during, rotated.secret).topic).toBe('api_key.created');
    clock.advance(61_000);
    await happen();
    const [, after] = await receiver.receives('rotated', 2);
    if (after === undefined) throw new Error('nothing was received');
    expect(() => verified(after, secret)).toThrow(/signature/);
    expect(verified(after, rotated.secret).topic).toBe('api_key.created');
  });
});

describe('a receiver that hangs', { timeout: 60_000 }, () => {
  it('is given twenty seconds', async () => {
    receiver.answer = hangs;
    const { id } = await hook('slow');
    await happen();
    const delivery = await expect
      .poll(async () => (await deliveriesTo(subaccount, id))[0]?.lastError, { timeout: 50_000 })
      .toBe('TIMED_OUT')
      .then(() => deliveriesTo(subaccount, id));
    expect(delivery[0]?.attempts[0]?.durationMs).toBeGreaterThanOrEqual(20_000);
  });
});
