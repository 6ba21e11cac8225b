import { startBenchServer } from '../bench-server.js';
import type { BenchServer } from '../bench-server.js';
import { BenchProcess } from '../child-process.js';
import { cpuMs } from '../machine.js';
import type { BenchOptions, BenchResult } from '../report.js';
import { asOwner, createTenants, pretendConnected } from '../tenants.js';
import type { LoadRequest, LoadSetUp } from '../accept/load.process.js';
import type { BroadcastRequest } from './floor.process.js';
import type { WatchersRequest, WatchersSetUp } from './watchers.process.js';

const WATCHERS = 200;
/** A token may open only so many sockets; each carries several subscriptions. */
const SUBSCRIPTIONS_EACH = 5;
const CONNECTIONS = 5;
/** One subaccount: each event goes to all. */
const SIZE = { subaccounts: 1, devicesEach: 1 };
const RECIPIENTS = Array.from({ length: 25 }, (_, index) => String(6_281_200_000_000 + index));
const FLOOR_EVENTS = 200;
const WARM_UP_SECONDS = 1;
const LIMIT_MS = 30_000;
const PAYLOAD = JSON.stringify({
  id: '1',
  type: 'next',
  payload: { data: { events: { cursor: 'x'.repeat(48), topic: 'MESSAGE_CREATED' } } },
});

interface Measured {
  readonly rate: number;
  readonly cpuMs: number;
}

/** How fast an event reaches everybody who watches its stream: accepted messages, told to each of many subscribers. */
export async function benchFanout(options: BenchOptions): Promise<BenchResult> {
  const { signal } = options;
  await using server = await startBenchServer({ env: { ROLES: 'api' }, profileDir: options.profileDir });
  const { apiKey, deviceIds, subaccounts } = await createTenants(server, SIZE);
  await pretendConnected(server);
  const loadSetUp: LoadSetUp = {
    url: server.url,
    apiKey,
    deviceIds,
    connections: CONNECTIONS,
    recipients: RECIPIENTS,
  };
  await using load = await BenchProcess.start(
    new URL('../accept/load.process.ts', import.meta.url),
    loadSetUp,
    signal,
  );
  await load.ask({ kind: 'once-each' } satisfies LoadRequest);
  const watch = (setUp: WatchersSetUp): Promise<BenchProcess> =>
    BenchProcess.start(new URL('watchers.process.ts', import.meta.url), setUp, signal);
  await using watchers = await watch({
    url: server.url.replace('http', 'ws'),
    count: WATCHERS / SUBSCRIPTIONS_EACH,
    greetings: greetingsOf(apiKey, subaccounts[0]?.id ?? ''),
  });
  await using floor = await BenchProcess.start(new URL('floor.process.ts', import.meta.url), {}, signal);
  await using floorWatchers = await watch({
    url: await floor.ask<string>('url'),
    count: WATCHERS,
    greetings: [],
  });

  const rounds: { readonly product: Measured; readonly floor: Measured }[] = [];
  // Nobody is told when a subscription stands: they all do when all have heard of the same messages.
  while ((await told(server, load, watchers, WARM_UP_SECONDS)) === null) signal.throwIfAborted();
  await broadcast(floor, floorWatchers);
  for (let round = 0; round < options.rounds; round += 1) {
    const bare = await broadcast(floor, floorWatchers);
    const product = await told(server, load, watchers, options.seconds);
    if (product === null) throw new Error('not every subscriber was told of every message');
    rounds.push({ floor: bare, product });
  }
  const compare = (figure: keyof Measured) => ({
    product: rounds.map((round) => round.product[figure]),
    floor: rounds.map((round) => round.floor[figure]),
  });
  return {
    name: 'fanout',
    title: `accepted messages to ${WATCHERS} subscribers each, acceptance included / one text to ${WATCHERS} bare sockets`,
    floor: 'bare ws',
    comparisons: [
      { metric: 'told', unit: 'events/s to one subscriber each', ...compare('rate') },
      { metric: 'told', unit: 'ms CPU/1,000', ...compare('cpuMs') },
    ],
    verified: 'every subscriber was told of every message',
  };
}

function greetingsOf(apiKey: string, subaccountId: string): string[] {
  const query = `subscription ($id: ID!) { events(subaccountId: $id, topics: [MESSAGE_CREATED]) { cursor topic } }`;
  const payload = { query, variables: { id: subaccountId } };
  const subscriptions = Array.from({ length: SUBSCRIPTIONS_EACH }, (_, id) => ({
    id: String(id),
    type: 'subscribe',
    payload,
  }));
  const hello = { type: 'connection_init', payload: { authorization: `Bearer ${apiKey}` } };
  return [hello, ...subscriptions].map((message) => JSON.stringify(message));
}

/** From the first request to the last subscriber's last event. */
async function told(
  server: BenchServer,
  load: BenchProcess,
  watchers: BenchProcess,
  seconds: number,
): Promise<Measured | null> {
  const before = cpuMs(server.pids());
  const from = await countMessages(server);
  const startedAt = Date.now();
  await load.ask({ kind: 'timed', seconds } satisfies LoadRequest);
  const count = ((await countMessages(server)) - from) * WATCHERS;
  const lastAt = await watchers.ask<number | null>({ count, withinMs: LIMIT_MS } satisfies WatchersRequest);
  if (lastAt === null) return null;
  return {
    rate: count / ((lastAt - startedAt) / 1_000),
    cpuMs: ((cpuMs(server.pids()) - before) / count) * 1_000,
  };
}

async function broadcast(floor: BenchProcess, watchers: BenchProcess): Promise<Measured> {
  const count = FLOOR_EVENTS * WATCHERS;
  const before = cpuMs([floor.pid]);
  const all = watchers.ask<number | null>({ count, withinMs: LIMIT_MS } satisfies WatchersRequest);
  const startedAt = await floor.ask<number>({
    events: FLOOR_EVENTS,
    payload: PAYLOAD,
  } satisfies BroadcastRequest);
  const lastAt = await all;
  if (lastAt === null) throw new Error('the bare sockets were not told of everything');
  return {
    rate: count / ((lastAt - startedAt) / 1_000),
    cpuMs: ((cpuMs([floor.pid]) - before) / count) * 1_000,
  };
}

async function countMessages(server: BenchServer): Promise<number> {
  return asOwner(server, async (client) => {
    const { rows } = await client.query<{ count: string }>('select count(*) from message');
    return Number(rows[0]?.count);
  });
}
