import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { GraphqlClient } from '../../src/cli/graphql-client.js';
import { answers, hangs, verified, WebhookReceiver } from '../support/webhook-receiver.js';
import type { Program } from './support/program.js';
import { Stage, stop } from './support/stage.js';
import * as tenant from './support/tenant.js';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 });

/** A try that died with its process is made again after a minute. */
const PATIENCE = { timeout: 120_000, interval: 100 };
const EVENTS = 5;

let stage: Stage;
let receiver: WebhookReceiver;
let subaccount: { id: string; key: string };
let server: Program;
let client: GraphqlClient;

async function start(): Promise<string> {
  server = stage.server({ env: { OUTBOUND_ALLOW: receiver.host } });
  return tenant.urlOf(server);
}

async function killAndStart(): Promise<void> {
  await server.kill();
  client = new GraphqlClient(await start(), subaccount.key);
}

beforeAll(async () => {
  stage = await Stage.open();
  receiver = await WebhookReceiver.start();
  const url = await start();
  subaccount = await tenant.createSubaccount(tenant.asOperator(stage, url));
  client = new GraphqlClient(url, subaccount.key);
});
afterAll(async () => {
  await stop(server);
  await stage.close();
  await receiver[Symbol.asyncDispose]();
});

async function createWebhook(): Promise<string> {
  const { createWebhookEndpoint: created } = await client.request<{
    createWebhookEndpoint: { secret: string };
  }>(`mutation ($input: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $input) { secret } }`, {
    input: { subaccountId: subaccount.id, url: receiver.url('hook'), topics: ['API_KEY_CREATED'] },
  });
  return created.secret;
}

async function happen(): Promise<void> {
  await client.request(
    `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { apiKey { id } } }`,
    { input: { subaccountId: subaccount.id, name: 'N', scopes: ['message:read'] } },
  );
}

async function succeeded(): Promise<number> {
  const { subaccount: found } = await client.request<{
    subaccount: { webhookDeliveries: { nodes: unknown[] } };
  }>(
    `query ($id: ID!) { subaccount(id: $id) {
       webhookDeliveries(filter: { status: [SUCCEEDED] }) { nodes { id } } } }`,
    { id: subaccount.id },
  );
  return found.webhookDeliveries.nodes.length;
}

const idsHeard = (): number => new Set(receiver.calls.map(({ id }) => id)).size;

it('a server killed with -9 twice while it delivers tells every event, each id with one and the same body', async () => {
  receiver.answer = hangs;
  const secret = await createWebhook();
  for (let index = 0; index < EVENTS; index += 1) await happen();
  // Three are tried at once; the others wait behind them, in the database.
  await expect.poll(idsHeard, PATIENCE).toBe(3);
  await killAndStart();
  await expect.poll(idsHeard, PATIENCE).toBe(EVENTS);
  await killAndStart();
  const before = receiver.calls.length;
  receiver.answer = answers(200);
  await happen();

  await expect.poll(succeeded, PATIENCE).toBe(EVENTS + 1);

  const delivered = receiver.calls.slice(before).map((call) => verified(call, secret).id);
  expect(new Set(delivered).size).toBe(EVENTS + 1);
  expect(delivered).toHaveLength(EVENTS + 1);
  expect(idsHeard()).toBe(EVENTS + 1);
  expect(new Set(receiver.calls.map(({ id, body }) => `${id} ${body}`)).size).toBe(EVENTS + 1);
});
