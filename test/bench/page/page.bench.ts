import { GraphqlClient } from '../../../src/cli/graphql-client.js';
import { parsePublicId, toPublicId } from '../../../src/kernel/ids.js';
import { startBenchServer } from '../bench-server.js';
import { closedLoop, inTurns } from '../latency.js';
import type { Round } from '../latency.js';
import { atMost } from '../report.js';
import type { BenchOptions, BenchResult, Comparison } from '../report.js';
import { createTenants, pretendConnected } from '../tenants.js';
import { fillYear, wordOf } from './busy-year.js';
import type { BusyYear, YearSize } from './busy-year.js';

const FULL: YearSize = { messages: 1_000_000, contacts: 100_000, deals: 20_000 };
const HUNDREDTH: YearSize = { messages: 10_000, contacts: 1_000, deals: 200 };
const DEVICES = 20;
const GOAL = 1.5;
const WARM_UP_SECONDS = 2;

/** Asks one thing, a different one each time; throws when the answer is empty. */
type Question = (client: GraphqlClient, year: BusyYear, turn: number) => Promise<void>;

interface Place extends AsyncDisposable {
  readonly client: GraphqlClient;
  readonly year: BusyYear;
}

/** What people look at all day, with a year behind it, against the same with a hundredth of it. */
export async function benchPage({ rounds, seconds, profileDir }: BenchOptions): Promise<BenchResult> {
  await using small = await openPlace(HUNDREDTH, undefined);
  await using full = await openPlace(FULL, profileDir);
  const comparisons: Comparison[] = [];
  for (const [metric, ask] of Object.entries(QUESTIONS)) {
    const run =
      ({ client, year }: Place, time: number) =>
      (): Promise<Round> => {
        let turn = 0;
        return closedLoop({ workers: 1, seconds: time }, () => ask(client, year, (turn += 1)));
      };
    await run(full, WARM_UP_SECONDS)();
    await run(small, WARM_UP_SECONDS)();
    const measured = await inTurns(rounds, run(full, seconds), run(small, seconds));
    const p95 = (all: readonly Round[]): number[] => all.map(({ p95Ms }) => p95Ms);
    comparisons.push({
      metric: `${metric}, p95`,
      unit: 'ms',
      product: p95(measured.product),
      floor: p95(measured.floor),
      goals: [atMost(GOAL)],
    });
  }
  return {
    name: 'page',
    title: `${count(FULL.messages)} messages in 12 months, ${count(FULL.contacts)} contacts, ${count(FULL.deals)} deals`,
    floor: 'a hundredth',
    comparisons,
    verified: 'every answer holds what was asked for',
  };
}

async function openPlace(size: YearSize, profileDir: string | undefined): Promise<Place> {
  await using stack = new AsyncDisposableStack();
  const server = stack.use(await startBenchServer({ env: { ROLES: 'api' }, profileDir }));
  const { apiKey, subaccounts } = await createTenants(server, { subaccounts: 1, devicesEach: DEVICES });
  await pretendConnected(server);
  const [subaccount] = subaccounts;
  if (subaccount === undefined) throw new Error('there is no subaccount');
  const year = await fillYear(
    server,
    { subaccountId: uuidOf(subaccount.id), deviceIds: subaccount.deviceIds.map(uuidOf) },
    size,
  );
  const client = stack.use(new GraphqlClient(server.url, apiKey));
  const opened = stack.move();
  return { client, year, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

const MESSAGE =
  'id direction kind text status sentAt reactions { emoji } replyTo { id text } media { state url }';

const QUESTIONS: Readonly<Record<string, Question>> = {
  'conversation list': async (client, { subaccountId }, turn) => {
    const filter = [null, { status: ['OPEN'] }, { unread: true }][turn % 3];
    const { subaccount } = await client.request<{ subaccount: { conversations: List } }>(
      `query ($id: ID!, $filter: ConversationFilter) { subaccount(id: $id) { conversations(first: 30, filter: $filter) {
         nodes { id status unreadCount lastMessageAt contact { id name phoneNumber } device { label } } } } }`,
      { id: toPublicId('Subaccount', subaccountId), filter },
    );
    assertFull(subaccount.conversations, 10);
  },
  'message page': async (client, { conversationIds }, turn) => {
    const id = conversationIds[turn % conversationIds.length] ?? '';
    const { conversation } = await client.request<{ conversation: { messages: List } }>(
      `query ($id: ID!) { conversation(id: $id) { messages(first: 10) { nodes { ${MESSAGE} } } } }`,
      { id: toPublicId('Conversation', id) },
    );
    assertFull(conversation.messages, 10);
  },
  'search of messages': async (client, { subaccountId }, turn) => {
    // Some words are in every other message, some in one of thousands.
    const query = wordOf([0, 3, 20, 150, 700, 1_500][turn % 6] ?? 0);
    const { subaccount } = await client.request<{ subaccount: { searchMessages: List } }>(
      `query ($id: ID!, $query: String!) { subaccount(id: $id) { searchMessages(query: $query, first: 10) {
         nodes { ${MESSAGE} conversation { contact { name } } } } } }`,
      { id: toPublicId('Subaccount', subaccountId), query },
    );
    assertFull(subaccount.searchMessages, 1);
  },
  'search of contacts': async (client, { subaccountId }, turn) => {
    const query = ['person', 'person 77', '628120000', '99'][turn % 4] ?? '';
    const { subaccount } = await client.request<{ subaccount: { searchContacts: List } }>(
      `query ($id: ID!, $query: String!) { subaccount(id: $id) { searchContacts(query: $query, first: 10) {
         nodes { id name phoneNumber } } } }`,
      { id: toPublicId('Subaccount', subaccountId), query },
    );
    assertFull(subaccount.searchContacts, 1);
  },
  board: async (client, { pipelineId }) => {
    const { pipeline } = await client.request<{ pipeline: { stages: { deals: List }[] } }>(
      `query ($id: ID!) { pipeline(id: $id) { stages { name deals(first: 20) {
         nodes { id title value { amountMinor currency } contact { name } tags } } } } }`,
      { id: toPublicId('Pipeline', pipelineId) },
    );
    for (const { deals } of pipeline.stages) assertFull(deals, 20);
  },
};

interface List {
  readonly nodes: readonly unknown[];
}

function assertFull({ nodes }: List, least: number): void {
  if (nodes.length < least) throw new Error(`a list holds ${nodes.length} and should hold ${least}`);
}

function uuidOf(id: string): string {
  return parsePublicId(id)?.uuid ?? '';
}

function count(number: number): string {
  return number.toLocaleString('en');
}
