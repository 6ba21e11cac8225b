import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { GraphqlClient } from '../../src/cli/graphql-client.js';
import type { Program } from './support/program.js';
import { Stage, stop } from './support/stage.js';
import * as tenant from './support/tenant.js';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 });

const PATIENCE = { timeout: 120_000, interval: 100 };
const DEALS = 30;
const KILLS = 3;

let stage: Stage;
let subaccount: { id: string; key: string };
let server: Program;
let client: GraphqlClient;

async function start(): Promise<string> {
  server = stage.server();
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

async function mutate<T>(field: string, input: object, selection: string): Promise<T> {
  const type = `${field.charAt(0).toUpperCase()}${field.slice(1)}Input`;
  const query = `mutation ($input: ${type}!) { ${field}(input: $input) { ${selection} } }`;
  return (await client.request<Record<string, T>>(query, { input }))[field] as T;
}

interface Pipeline {
  readonly id: string;
  readonly stages: readonly { readonly id: string }[];
}

async function createPipeline(name: string): Promise<Pipeline> {
  const input = { subaccountId: subaccount.id, name };
  return (await mutate<{ pipeline: Pipeline }>('createPipeline', input, 'pipeline { id stages { id } }'))
    .pipeline;
}

async function succeeded(): Promise<number> {
  const { subaccount: found } = await client.request<{
    subaccount: { automationRuns: { nodes: unknown[] } };
  }>(
    `query ($id: ID!) { subaccount(id: $id) {
       automationRuns(first: 100, filter: { status: [SUCCEEDED] }) { nodes { id } } } }`,
    { id: subaccount.id },
  );
  return found.automationRuns.nodes.length;
}

it('a server killed with -9 again and again while rules run takes each step of each of them once', async () => {
  const sales = await createPipeline('Sales');
  const work = await createPipeline('Work');
  const moveTo = (pipeline: Pipeline, index: number): string => pipeline.stages[index]?.id ?? '';
  await mutate(
    'createAutomation',
    {
      subaccountId: subaccount.id,
      name: 'sold: there is work',
      trigger: { kind: 'DEAL_MOVED', pipelineId: sales.id },
      steps: [
        { kind: 'OPEN_DEAL', pipelineId: work.id, title: '{{deal.title}}', evenIfOpen: true },
        { kind: 'WAIT', seconds: 1 },
        { kind: 'MOVE_DEAL', stageId: moveTo(work, 1) },
        { kind: 'WAIT', seconds: 1 },
        { kind: 'MOVE_DEAL', stageId: moveTo(work, 2) },
      ],
    },
    '__typename',
  );
  for (let index = 0; index < DEALS; index += 1) {
    const { deal } = await mutate<{ deal: { id: string } }>(
      'createDeal',
      { pipelineId: sales.id, title: `Roof ${index}` },
      'deal { id }',
    );
    await mutate('moveDeal', { dealId: deal.id, version: 1, stageId: moveTo(sales, 1) }, '__typename');
  }
  for (let time = 1; time <= KILLS; time += 1) {
    await server.kill();
    client = new GraphqlClient(await start(), subaccount.key);
    await expect.poll(succeeded, PATIENCE).toBeGreaterThanOrEqual(Math.min(DEALS, time));
  }
  await expect.poll(succeeded, PATIENCE).toBe(DEALS);

  const { pipeline } = await client.request<{
    pipeline: { deals: { nodes: { title: string; moves: { toStageId: string }[] }[] } };
  }>(`query ($id: ID!) { pipeline(id: $id) { deals(first: 100) { nodes { title moves { toStageId } } } } }`, {
    id: work.id,
  });
  const { nodes } = pipeline.deals;
  expect(new Set(nodes.map(({ title }) => title)).size).toBe(DEALS);
  expect(nodes).toHaveLength(DEALS);
  for (const { moves } of nodes) {
    expect(moves.map(({ toStageId }) => toStageId)).toEqual([0, 1, 2].map((index) => moveTo(work, index)));
  }
});
