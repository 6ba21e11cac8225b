import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createWebhookWork } from '../../src/app/webhooks.js';
import { fromPublicId } from '../../src/kernel/ids.js';
import type { WebhookJobs } from '../../src/modules/webhook/index.js';
import { eventually } from '../support/eventually.js';
import { MovableClock } from '../support/movable-clock.js';
import { createKey, seed } from '../support/seed.js';
import type { SeededSubaccount } from '../support/seed.js';
import { createWebhook, deliveriesTo } from '../support/seeded-webhook.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';
import { answers, WebhookReceiver } from '../support/webhook-receiver.js';

vi.setConfig({ testTimeout: 90_000 });

const DAY_MS = 24 * 60 * 60_000;

let receiver: WebhookReceiver;
let server: TestServer;
/** A second process that reads and delivers like the first. */
let worker: TestServer;
const clock = new MovableClock();

beforeAll(async () => {
  receiver = await WebhookReceiver.start();
  const env = { OUTBOUND_ALLOW: receiver.host, MASTER_KEY: randomBytes(32).toString('base64') };
  server = await startTestServer({ clock, env });
  const { connections, simulator } = server;
  worker = await startTestServer({
    clock,
    env: { ...env, ROLES: 'worker' },
    shared: { connections, simulator },
  });
});
afterAll(async () => {
  await worker.stop();
  await server.stop();
  await receiver[Symbol.asyncDispose]();
});

const happen = ({ api, id }: SeededSubaccount): Promise<unknown> => createKey(api, { subaccountId: id });

const jobsOf = ({ app }: TestServer): WebhookJobs => createWebhookWork(app.infrastructure, app.services).jobs;

/** A turn of a process at an endpoint, whether or not another one is at it. */
async function deliverBy(process: TestServer, owner: SeededSubaccount, endpointId: string): Promise<void> {
  const data = {
    agencyId: fromPublicId('Agency', owner.agency.id),
    subaccountId: fromPublicId('Subaccount', owner.id),
    endpointId: fromPublicId('WebhookEndpoint', endpointId),
  };
  const { signal } = new AbortController();
  await jobsOf(process).webhook({ name: 'webhook.deliver', data, attempt: 1 }, signal);
}

const EVENTS = 10;

it('two processes at once make each delivery once, and each try of it once', async () => {
  const owner = await seed(server).agency().subaccount();
  const paths = ['a', 'b', 'c'];
  receiver.answer = answers(503);
  const endpoints: string[] = [];
  for (const path of paths) {
    endpoints.push((await createWebhook(owner, { url: receiver.url(path), topics: ['API_KEY_CREATED'] })).id);
  }
  await Promise.all(Array.from({ length: EVENTS }, () => happen(owner)));
  const attempts = async (): Promise<readonly number[]> =>
    (await Promise.all(endpoints.map((id) => deliveriesTo(owner, id))))
      .flat()
      .map((delivery) => delivery.attempts.length);
  const each = (tries: number): readonly number[] => Array(EVENTS * paths.length).fill(tries) as number[];
  await eventually(attempts).toEqual(each(1));

  // The queue lets one process look after an endpoint; here many do, as when it takes a slow one for dead.
  receiver.answer = answers(200);
  clock.advance(60_000);
  const turns = endpoints.flatMap((id) =>
    [server, worker, server, worker].map((process) => deliverBy(process, owner, id)),
  );
  await Promise.all(turns);
  await eventually(attempts).toEqual(each(2));
  for (const path of paths) {
    const calls = receiver.callsTo(path);
    expect(calls).toHaveLength(EVENTS * 2);
    expect(new Set(calls.map(({ id }) => id)).size).toBe(EVENTS);
    expect(new Set(calls.map(({ body }) => body)).size).toBe(EVENTS);
  }
});

it('a try that hung for longer than others wait for it changes nothing of what they found out', async () => {
  const owner = await seed(server).agency().subaccount();
  const { id } = await createWebhook(owner, { url: receiver.url('late'), topics: ['API_KEY_CREATED'] });
  const delivery = async () => (await deliveriesTo(owner, id))[0];
  receiver.answer = answers(503);
  await happen(owner);
  await eventually(async () => (await delivery())?.status).toBe('RETRYING');

  let answerLate: (status: number) => void = () => undefined;
  receiver.answer = (_call, response) => (answerLate = (status) => response.writeHead(status).end());
  clock.advance(60_000);
  const hanging = deliverBy(server, owner, id);
  await receiver.receives('late', 2);
  receiver.answer = answers(200);
  clock.advance(61_000);
  await deliverBy(worker, owner, id);
  await eventually(async () => (await delivery())?.status).toBe('SUCCEEDED');
  answerLate(503);
  await hanging;
  expect(await delivery()).toMatchObject({
    status: 'SUCCEEDED',
    lastStatusCode: 200,
    attempts: [{ statusCode: 503 }, { statusCode: 200 }],
  });
});

it('deliveries are kept for 14 days', async () => {
  const owner = await seed(server).agency().subaccount();
  const { id } = await createWebhook(owner, { url: receiver.url('old'), topics: ['API_KEY_CREATED'] });
  const told = async (): Promise<readonly string[]> =>
    (await deliveriesTo(owner, id, { status: ['SUCCEEDED'] })).map((delivery) => delivery.id);
  const trim = (): Promise<boolean> =>
    jobsOf(server).maintenance({ name: 'webhooks.trim', data: {}, attempt: 1 }, new AbortController().signal);
  await happen(owner);
  await eventually(async () => (await told()).length).toBe(1);
  const [old] = await told();
  clock.advance(13 * DAY_MS);
  await happen(owner);
  await eventually(async () => (await told()).length).toBe(2);
  const [young] = await told();
  await trim();
  expect(await told()).toEqual([young, old]);
  clock.advance(DAY_MS + 1_000);
  await trim();
  expect(await told()).toEqual([young]);
  const query = 'query ($id: ID!) { node(id: $id) { id } }';
  expect(await owner.api.ask(query, { id: old })).toEqual({ node: null });
});
