import { GraphqlClient } from '../../../src/cli/graphql-client.js';
import { parsePublicId } from '../../../src/kernel/ids.js';
import { startBenchServer } from '../bench-server.js';
import { closedLoop, inTurns } from '../latency.js';
import type { Round } from '../latency.js';
import { atMost } from '../report.js';
import type { BenchOptions, BenchResult, Comparison } from '../report.js';
import { createTenants, pretendConnected } from '../tenants.js';
import { fillYear } from './busy-year.js';
import type { BusyYear, YearSize } from './busy-year.js';
import { QUESTIONS } from './questions.js';

const FULL: YearSize = { messages: 1_000_000, contacts: 100_000, deals: 20_000 };
const PART = 1 / 100;
const DEVICES = 20;
const GOAL = 1.5;
const WARM_UP_SECONDS = 2;

interface Place extends AsyncDisposable {
  readonly client: GraphqlClient;
  readonly year: BusyYear;
}

/** What people look at all day, with a year behind it, against the same with a hundredth of it. */
export async function benchPage({ rounds, seconds, size, profileDir }: BenchOptions): Promise<BenchResult> {
  const year = part(FULL, size);
  await using small = await openPlace(part(FULL, PART), undefined);
  await using full = await openPlace(year, profileDir);
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
    title: `${count(year.messages)} messages in 12 months, ${count(year.contacts)} contacts, ${count(year.deals)} deals`,
    floor: `${count(FULL.messages * PART)} messages`,
    comparisons,
    verified: 'every answer holds what was asked for',
  };
}

function part({ messages, contacts, deals }: YearSize, of: number): YearSize {
  return { messages: messages * of, contacts: contacts * of, deals: deals * of };
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

function uuidOf(id: string): string {
  return parsePublicId(id)?.uuid ?? '';
}

function count(number: number): string {
  return number.toLocaleString('en');
}
