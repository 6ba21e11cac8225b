import { setTimeout as sleep } from 'node:timers/promises';
import { Draw } from './draw.js';
import { Fleet } from './fleet.js';
import { killAtRandom } from './killer.js';
import { startMachines, type MachineOptions, type Machines } from './machines.js';
import type { Report } from './report.js';
import { openSockets } from './sockets.js';
import { createTenant } from './tenant.js';
import { makeTraffic } from './traffic.js';
import { judge } from './verdict.js';

export interface ChaosOptions extends MachineOptions {
  readonly processes: number;
  readonly devices: number;
  readonly sends: number;
  readonly inbound: number;
  readonly killEveryMs: number;
  readonly victims: 'sessions' | 'all';
  /** Over which the messages are handed in, as far as processes that are being killed take them, and as long as they are killed. */
  readonly spreadMs: number;
  /** For everything after the pairing; what is not done by then counts as lost. */
  readonly limitMs: number;
}

const LOOK_EVERY_MS = 250;
/** Receipts and retries of phones come late. */
const SETTLE_MS = 2_000;

/** Kills processes while messages go both ways, then waits for quiet and judges. Everything it starts has ended when it resolves. */
export async function runChaos(
  options: ChaosOptions,
  say: (line: string) => void = () => undefined,
): Promise<Report> {
  const startedAt = performance.now();
  const seconds = (): string => ((performance.now() - startedAt) / 1_000).toFixed(1);
  await using machines = await startMachines(options);
  await using fleet = await Fleet.start(machines, options.processes);
  say(`${seconds()} s: ${options.processes} processes with sessions and one with the API run`);
  await using tenant = await createTenant(machines, fleet.url, options.devices);
  say(`${seconds()} s: ${options.devices} devices are connected`);
  const limit = AbortSignal.timeout(options.limitMs);
  const draw = new Draw(options.seed);
  const { killEveryMs: everyMs, victims } = options;
  const connected: number[] = [];
  const killing = killAtRandom(fleet, {
    draw,
    everyMs,
    victims,
    beforeKill: () => connected.push(openSockets(machines.simulator.ledger)),
    signal: AbortSignal.any([limit, AbortSignal.timeout(options.spreadMs)]),
  });
  const trafficAt = performance.now();
  const trafficking = makeTraffic(machines.simulator, tenant, { ...options, signal: limit });
  // Told below; until then nobody waits for it.
  trafficking.catch(() => undefined);
  await killing;
  const ackedMeanwhile = acked(machines);
  say(
    `${seconds()} s: ${fleet.kills} processes were killed, ${ackedMeanwhile} messages were acked meanwhile`,
  );
  const traffic = await trafficking;
  say(`${seconds()} s: all is handed in, ${acked(machines)} messages are acked`);
  await fleet.started();
  await quiet(machines, options, limit);
  const settledMs = performance.now() - trafficAt;
  await sleep(SETTLE_MS);
  const checks = await judge(machines, tenant, traffic);
  const kept = checks.every((check) => check.kept);
  if (kept) machines.dropFolder();
  const facts = {
    kills: fleet.kills,
    'acked while processes were killed': ackedMeanwhile,
    'devices connected before a kill': mean(connected).toFixed(1),
    'seconds to quiet': (settledMs / 1_000).toFixed(1),
    'requests repeated by the caller': `${traffic.repeated}, of which already done ${traffic.replayed}`,
    ...(await countFacts(machines)),
  };
  const { backend, processes, devices, sends, inbound, seed } = options;
  const title = `chaos on ${backend}: ${sends} sent and ${inbound} received by ${devices} devices in ${processes} processes, a kill every ${everyMs} ms`;
  return { title, seed, checks, facts, kept, logs: kept ? null : machines.folder };
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0) / Math.max(1, numbers.length);
}

function acked({ simulator }: Machines): number {
  return simulator.ledger.attempts().filter(({ ackedAt }) => ackedAt !== undefined).length;
}

/** Until every message has ended, every inbound one is stored and every device is back. */
export async function quiet(
  { query }: Machines,
  { inbound }: { readonly inbound: number },
  limit: AbortSignal,
): Promise<void> {
  while (!limit.aborted) {
    const [row] = await query<{ open: number; received: number; away: number }>(
      `select (select count(*)::integer from message where due_at is not null) as open,
              (select count(*)::integer from message where direction = 'INBOUND' and status = 'RECEIVED') as received,
              (select count(*)::integer from device where status <> 'CONNECTED') as away`,
    );
    if (row?.open === 0 && row.received >= inbound && row.away === 0) return;
    await sleep(LOOK_EVERY_MS, undefined, { signal: limit }).catch(() => undefined);
  }
}

async function countFacts({ query, simulator }: Machines): Promise<Record<string, string | number>> {
  const outcomes = await query<{ outcome: string; count: number }>(
    `select outcome, count(*)::integer as count from message_attempt group by outcome order by count desc`,
  );
  const copies = simulator.phones
    .flatMap(({ inbox }) => inbox)
    .reduce((sum, each) => sum + each.copies - 1, 0);
  return {
    attempts: outcomes.map(({ outcome, count }) => `${count} ${outcome}`).join(', '),
    'stanzas sent again under the same id': copies,
    'WhatsApp logins': simulator.ledger.connections().length,
  };
}
