import type { BenchServer } from '../bench-server.js';
import { startBenchServer } from '../bench-server.js';
import { BenchProcess } from '../child-process.js';
import { inTurns, WARM_UP_SECONDS } from '../latency.js';
import type { Round } from '../latency.js';
import { cpuMs } from '../machine.js';
import { atLeast } from '../report.js';
import type { BenchOptions, BenchResult } from '../report.js';
import { asOwner, createTenants, pretendConnected } from '../tenants.js';
import type { FloorRequest, FloorSetUp, MessageFacts } from './floor.process.js';
import type { LoadRequest, LoadSetUp } from './load.process.js';

const CONNECTIONS = 20;
const SIZE = { subaccounts: 10, devicesEach: 2 };
const RECIPIENTS = Array.from({ length: 25 }, (_, index) => String(6_281_200_000_000 + index));
const GOAL = 0.5;

/** How many messages a second are durably accepted, through everything, against the same rows by the bare driver. */
export async function benchAccept(options: BenchOptions): Promise<BenchResult> {
  await using server = await startBenchServer({ env: { ROLES: 'api' }, profileDir: options.profileDir });
  const { apiKey, deviceIds } = await createTenants(server, SIZE);
  await pretendConnected(server);
  const setUp: LoadSetUp = {
    url: server.url,
    apiKey,
    deviceIds,
    connections: CONNECTIONS,
    recipients: RECIPIENTS,
  };
  const { signal } = options;
  await using load = await BenchProcess.start(new URL('load.process.ts', import.meta.url), setUp, signal);
  await load.ask({ kind: 'once-each' } satisfies LoadRequest);
  const floorSetUp: FloorSetUp = {
    connection: server.app,
    clients: CONNECTIONS,
    facts: await readFacts(server),
  };
  await using floor = await BenchProcess.start(
    new URL('floor.process.ts', import.meta.url),
    floorSetUp,
    signal,
  );

  const product = (seconds: number) => load.ask<Round>({ kind: 'timed', seconds } satisfies LoadRequest);
  const bare = (seconds: number) => floor.ask<Round>({ seconds } satisfies FloorRequest);
  await product(WARM_UP_SECONDS);
  await bare(WARM_UP_SECONDS);
  const rounds = await inTurns(
    options.rounds,
    () => withCpu(server.pids(), () => counted(server, () => product(options.seconds))),
    () => withCpu([floor.pid, ...server.pids()], () => counted(server, () => bare(options.seconds))),
  );
  const total = [...rounds.product, ...rounds.floor].reduce((sum, round) => sum + round.total, 0);
  const rate = ({ count, seconds }: Round): number => count / seconds;
  const compare = (of: (round: CostlyRound) => number) => ({
    product: rounds.product.map(of),
    floor: rounds.floor.map(of),
  });
  return {
    name: 'accept',
    title: `sendMessage over HTTP, ${CONNECTIONS} connections, 1 process / the same rows by ${CONNECTIONS} bare clients`,
    floor: 'pg driver',
    comparisons: [
      { metric: 'accepted', unit: 'messages/s', ...compare(rate), goals: [atLeast(GOAL)] },
      { metric: 'p50', unit: 'ms', ...compare((round) => round.p50Ms) },
      { metric: 'p95', unit: 'ms', ...compare((round) => round.p95Ms) },
      { metric: 'p99', unit: 'ms', ...compare((round) => round.p99Ms) },
      { metric: 'CPU, PostgreSQL included', unit: 'ms/message', ...compare((round) => round.cpuMs) },
    ],
    verified: `every answer is one row of message, message_key and event (${total} in the measured rounds)`,
  };
}

interface CostlyRound extends Round {
  /** Of each answer. */
  readonly cpuMs: number;
}

async function withCpu(pids: readonly number[], run: () => Promise<Round>): Promise<CostlyRound> {
  const before = cpuMs(pids);
  const round = await run();
  return { ...round, cpuMs: (cpuMs(pids) - before) / round.total };
}

/** Throws unless a round left exactly the rows that it says. */
async function counted(server: BenchServer, run: () => Promise<Round>): Promise<Round> {
  const before = await countRows(server);
  const round = await run();
  const after = await countRows(server);
  for (const [table, count] of Object.entries(after)) {
    const added = Number(count) - Number(before[table]);
    if (added !== round.total) {
      throw new Error(`${round.total} messages were accepted, but ${added} rows of ${table} were added`);
    }
  }
  return round;
}

async function countRows(server: BenchServer): Promise<Record<string, string>> {
  return asOwner(server, async (client) => {
    const { rows } = await client.query<Record<string, string>>(
      `select (select count(*) from message) as message,
              (select count(*) from message_key) as message_key,
              (select count(*) from event where topic = 'message.created') as event,
              (select sum(last_seq) from event_stream) as event_stream`,
    );
    return rows[0] ?? {};
  });
}

/** The messages of the warm-up, one for each conversation. */
async function readFacts(server: BenchServer): Promise<readonly MessageFacts[]> {
  return asOwner(server, async (client) => {
    const { rows } = await client.query<MessageFacts>(
      `select agency_id, subaccount_id, device_id, conversation_id, shard, recipient, text, length(content) as content_bytes
       from message`,
    );
    return rows;
  });
}
