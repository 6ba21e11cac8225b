import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { GraphqlClient } from '../../src/cli/graphql-client.js';
import type { Program } from './support/program.js';
import { Stage, stop } from './support/stage.js';
import * as tenant from './support/tenant.js';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 });

/** A step of a process that died is taken over after half a minute. */
const PATIENCE = { timeout: 240_000, interval: 50 };
const ROWS = 15_000;

let stage: Stage;
let server: Program;
let client: GraphqlClient;
let subaccount: { id: string; key: string };

async function start(): Promise<string> {
  server = stage.server({ env: { API_COST_PER_MINUTE: '0' } });
  return tenant.urlOf(server);
}

beforeAll(async () => {
  stage = await Stage.open();
  const url = await start();
  subaccount = await tenant.createSubaccount(tenant.asOperator(stage, url));
  client = new GraphqlClient(url, subaccount.key);
});
afterAll(async () => {
  await stop(server);
  await stage.close();
});

interface Progress {
  readonly status: string;
  readonly processed: number;
  readonly created: number;
  readonly updated: number;
  readonly failed: number;
}

async function look(id: string): Promise<Progress> {
  const query = 'query ($id: ID!) { bulkOperation(id: $id) { status processed created updated failed } }';
  return (await client.request<{ bulkOperation: Progress }>(query, { id })).bulkOperation;
}

async function upload(): Promise<string> {
  const { createContactImport: made } = await client.request<{
    createContactImport: { uploadUrl: string; bulkOperation: { id: string } };
  }>(
    `mutation ($input: CreateContactImportInput!) { createContactImport(input: $input) {
       uploadUrl bulkOperation { id } } }`,
    { input: { subaccountId: subaccount.id } },
  );
  const lines = Array.from({ length: ROWS }, (_, n) =>
    n % 100 === 0 ? `no number,Nobody ${n}` : `${6_281_700_000_000 + n},Person ${n}`,
  );
  const body = ['phone_number,name', ...lines].join('\n');
  expect((await fetch(made.uploadUrl, { method: 'PUT', body })).status).toBe(204);
  return made.bulkOperation.id;
}

it('a server killed with -9 in the middle of an import goes on there: each row counts once', async () => {
  const id = await upload();
  await expect.poll(async () => (await look(id)).processed, PATIENCE).toBeGreaterThan(2_000);
  await server.kill();
  client = new GraphqlClient(await start(), subaccount.key);
  const { processed, status } = await look(id);
  expect(status).toBe('RUNNING');
  expect(processed).toBeLessThan(ROWS);
  await expect.poll(async () => (await look(id)).status, PATIENCE).toBe('COMPLETED');
  // What was made before the kill would be neither made nor changed again, only looked at.
  expect(await look(id)).toMatchObject({
    processed: ROWS,
    created: ROWS - ROWS / 100,
    updated: 0,
    failed: ROWS / 100,
  });
});
