import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiClient } from '../support/api-client.js';
import { cursorOf, seed } from '../support/seed.js';
import type { SeededSubaccount } from '../support/seed.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

interface Stage {
  readonly id: string;
  readonly name: string;
}

interface Pipeline {
  readonly id: string;
  readonly stages: readonly Stage[];
}

interface Deal {
  readonly id: string;
  readonly title: string;
  readonly version: number;
}

async function createPipeline({ id, api }: SeededSubaccount): Promise<Pipeline> {
  const selection = 'pipeline { id stages { id name } }';
  return (await api.mutate<{ pipeline: Pipeline }>('createPipeline', { subaccountId: id }, selection))
    .pipeline;
}

async function open(api: ApiClient, pipeline: Pipeline, title: string, more: object = {}): Promise<Deal> {
  const input = { pipelineId: pipeline.id, title, ...more };
  return (await api.mutate<{ deal: Deal }>('createDeal', input, 'deal { id title version }')).deal;
}

const stageOf = (pipeline: Pipeline, name: string): string =>
  pipeline.stages.find((stage) => stage.name === name)?.id ?? '';

async function logInAs(place: SeededSubaccount, role: string): Promise<ApiClient> {
  const email = `${role}-${place.id}@example.com`.toLowerCase();
  const password = 'correct horse battery staple';
  const { id: agencyId, api } = place.agency;
  await api.mutate(
    'createUser',
    { agencyId, email, password, role, subaccountIds: [place.id] },
    '__typename',
  );
  const { sessionToken } = await api.mutate<{ sessionToken: string }>(
    'logIn',
    { email, password },
    'sessionToken',
  );
  return api.as(sessionToken);
}

const BOARD = `query ($id: ID!, $first: Int!, $filter: DealFilter) { pipeline(id: $id) { name stages { name kind
  deals(first: $first, filter: $filter) { nodes { title } pageInfo { hasNextPage } }
  totals { count ownerId value { amountMinor currency decimals } } } } }`;

describe('a board', () => {
  it('shows every stage with the first deals in it and what they come to', async () => {
    const place = await seed(server).agency().subaccount();
    const pipeline = await createPipeline(place);
    await open(place.api, pipeline, 'Wall');
    await open(place.api, pipeline, 'Roof', { value: { amountMinor: 3_000_000_000, currency: 'IDR' } });
    await open(place.api, pipeline, 'Door', { stageId: stageOf(pipeline, 'Won'), tags: ['vip'] });
    const ask = (variables: object) =>
      place.api.ask<{ pipeline: { stages: Record<string, unknown>[] } }>(BOARD, {
        id: pipeline.id,
        first: 1,
        ...variables,
      });
    const board = await ask({});
    expect(board.pipeline.stages[0]).toEqual({
      name: 'New',
      kind: 'OPEN',
      deals: { nodes: [{ title: 'Roof' }], pageInfo: { hasNextPage: true } },
      totals: expect.arrayContaining([
        { count: 1, ownerId: null, value: { amountMinor: 3_000_000_000, currency: 'IDR', decimals: 2 } },
        { count: 1, ownerId: null, value: null },
      ]) as unknown,
    });
    expect(board.pipeline.stages[4]).toMatchObject({ name: 'Won', deals: { nodes: [{ title: 'Door' }] } });
    const filtered = await ask({ filter: { tag: 'vip' } });
    expect(filtered.pipeline.stages.map(({ deals }) => (deals as { nodes: object[] }).nodes.length)).toEqual([
      0, 0, 0, 0, 1, 0,
    ]);
  });

  it('costs as many statements with ten stages as with one', async () => {
    const place = await seed(server).agency().subaccount();
    const pipelineOf = async (size: number): Promise<Pipeline> => {
      const stages = Array.from({ length: size }, (_, n) => ({ name: `Stage ${n}` }));
      const input = { subaccountId: place.id, stages };
      const { pipeline } = await place.api.mutate<{ pipeline: Pipeline }>(
        'createPipeline',
        input,
        'pipeline { id stages { id name } }',
      );
      for (const { id } of pipeline.stages) await open(place.api, pipeline, 'Roof', { stageId: id });
      return pipeline;
    };
    const statements = async ({ id }: Pipeline): Promise<number> => {
      const { database } = server.app.infrastructure;
      const counts: number[] = [];
      // Whatever else the server does meanwhile only adds to a count.
      for (let time = 0; time < 5; time += 1) {
        const before = database.queryCount;
        await place.api.ask(BOARD, { id, first: 5 });
        counts.push(database.queryCount - before);
      }
      return Math.min(...counts);
    };
    expect(await statements(await pipelineOf(10))).toBe(await statements(await pipelineOf(1)));
  });
});

describe('a deal', () => {
  it('goes from a lead to won, and a board that is being looked at follows it', async () => {
    const place = await seed(server).agency().subaccount();
    const agent = await logInAs(place, 'AGENT');
    const pipeline = await createPipeline(place);
    const query = `subscription ($id: ID!, $pipeline: ID, $after: EventCursor) {
      dealUpdated(subaccountId: $id, pipelineId: $pipeline, after: $after) {
      topic dealId fromStageId deal { title stage { name } } } }`;
    const news = agent.follow<{ topic: string; fromStageId: string | null; deal: object }>(
      'dealUpdated',
      query,
      {
        id: place.id,
        pipeline: pipeline.id,
        after: await cursorOf(place),
      },
    );
    const elsewhere = await createPipeline(place);
    await open(agent, elsewhere, 'not here');
    const deal = await open(agent, pipeline, 'Roof');
    const input = { dealId: deal.id, version: deal.version, stageId: stageOf(pipeline, 'Won') };
    const { deal: won } = await agent.mutate<{ deal: object }>(
      'moveDeal',
      input,
      'deal { status version closedAt moves { fromStageName toStageName movedById } }',
    );
    const { viewer } = await agent.ask<{ viewer: { user: { id: string } } }>('{ viewer { user { id } } }');
    expect(won).toMatchObject({
      status: 'WON',
      version: 2,
      closedAt: expect.any(String) as string,
      moves: [
        { fromStageName: null, toStageName: 'New', movedById: viewer.user.id },
        { fromStageName: 'New', toStageName: 'Won', movedById: viewer.user.id },
      ],
    });
    await news.first(({ topic }) => topic === 'DEAL_WON');
    expect(news.items.map(({ topic }) => topic)).toEqual(['DEAL_CREATED', 'DEAL_MOVED', 'DEAL_WON']);
    expect(news.items[1]).toMatchObject({
      fromStageId: stageOf(pipeline, 'New'),
      deal: { title: 'Roof', stage: { name: 'Won' } },
    });
    news.stop();
  });

  it('that somebody else moved meanwhile is a conflict that says the version of now', async () => {
    const place = await seed(server).agency().subaccount();
    const pipeline = await createPipeline(place);
    const { id } = await open(place.api, pipeline, 'Roof');
    const move = `mutation ($input: MoveDealInput!) { moveDeal(input: $input) { deal { version } } }`;
    const answers = await Promise.all(
      ['Contacted', 'Qualified', 'Proposal', 'Won'].map((name) =>
        server.graphql(
          move,
          { input: { dealId: id, version: 1, stageId: stageOf(pipeline, name) } },
          place.api.token,
        ),
      ),
    );
    const refused = answers.flatMap(({ errors }) => errors);
    expect(refused).toHaveLength(3);
    for (const { extensions } of refused) {
      expect(extensions).toMatchObject({ code: 'CONFLICT', reason: 'STALE_VERSION', currentVersion: 2 });
    }
  });

  it('belongs to a person and an owner, who find it', async () => {
    const device = await seed(server).agency().subaccount().device({ connected: true });
    const place = device.subaccount;
    await server.simulator.createPhone().sendText(device.phone.number, 'how much is a roof?');
    const { conversation } = await device.messageWith('how much is a roof?');
    const pipeline = await createPipeline(place);
    const agent = await logInAs(place, 'AGENT');
    const { viewer } = await agent.ask<{ viewer: { user: { id: string } } }>('{ viewer { user { id } } }');
    const contactId = conversation.contact?.id ?? '';
    const deal = await open(agent, pipeline, 'Roof', { contactId, ownerId: viewer.user.id });
    const found = await place.api.ask<{ contact: object; subaccount: object }>(
      `query ($contact: ID!, $subaccount: ID!, $owner: ID!) {
        contact(id: $contact) { deals { nodes { id contact { id } owner { id email } } } }
        subaccount(id: $subaccount) { deals(filter: { ownerId: $owner, status: [OPEN] }) { nodes { id } } } }`,
      { contact: contactId, subaccount: place.id, owner: viewer.user.id },
    );
    expect(found.contact).toMatchObject({
      deals: { nodes: [{ id: deal.id, contact: { id: contactId }, owner: { id: viewer.user.id } }] },
    });
    expect(found.subaccount).toEqual({ deals: { nodes: [{ id: deal.id }] } });
  });
});

describe('who may do what', () => {
  it.each([
    [
      'VIEWER',
      { createPipeline: false, createDeal: false, updateDeal: false, moveDeal: false, deleteDeal: false },
    ],
    [
      'AGENT',
      { createPipeline: false, createDeal: true, updateDeal: true, moveDeal: true, deleteDeal: false },
    ],
    [
      'SUBACCOUNT_ADMIN',
      { createPipeline: true, createDeal: true, updateDeal: true, moveDeal: true, deleteDeal: true },
    ],
  ] as const)('%s', async (role, allowed) => {
    const place = await seed(server).agency().subaccount();
    const pipeline = await createPipeline(place);
    const deal = await open(place.api, pipeline, 'Roof');
    const api = await logInAs(place, role);
    const inputs: Record<keyof typeof allowed, object> = {
      createPipeline: { subaccountId: place.id },
      createDeal: { pipelineId: pipeline.id, title: 'Wall' },
      updateDeal: { dealId: deal.id, version: 1, title: 'Roofs' },
      moveDeal: { dealId: deal.id, version: 2, stageId: stageOf(pipeline, 'Won') },
      deleteDeal: { dealId: deal.id },
    };
    for (const [field, may] of Object.entries(allowed)) {
      const input = { ...inputs[field as keyof typeof allowed] };
      if (may) await api.mutate(field, input, '__typename');
      else expect(await api.mutationRefusal(field, input)).toMatchObject({ reason: 'ACTION_NOT_ALLOWED' });
    }
    const read = await api.ask<{ pipeline: { name: string } }>(BOARD, { id: pipeline.id, first: 5 });
    expect(read.pipeline.name).toBe('Sales');
  });
});
