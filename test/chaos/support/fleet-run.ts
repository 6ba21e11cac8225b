import { setTimeout as sleep } from 'node:timers/promises';
import { quiet } from './chaos-run.js';
import { Fleet } from './fleet.js';
import { startMachines, TAKEOVER_MARGIN_MS, type MachineOptions, type Machines } from './machines.js';
import type { Report } from './report.js';
import { inTime, liveOnce, untilOpen } from './sockets.js';
import { createTenant, type Tenant } from './tenant.js';
import { makeTraffic } from './traffic.js';
import { judge, type Check } from './verdict.js';

export interface FleetRunOptions extends MachineOptions {
  readonly processes: number;
  readonly devices: number;
}

/** Others take over within the lease's time and 5 s; the rest is connecting. */
const TAKEOVER_SLACK_MS = 5_000;
const CONNECT_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 25_000;
/** The next renewal of the others takes the leases that were given back; then they log in, while messages go both ways. */
const HANDOVER_MS = 5_000;
const LOGINS_PER_SECOND = 3;
/** What two processors carry besides, although most are first messages to somebody: how devices come back is asked here, not what a machine can bear. */
const SENDS_PER_SECOND = 15;
const QUIET_LIMIT_MS = 120_000;

/** One of several processes dies, another one is asked to stop while messages go both ways: when are all devices connected again? */
export async function runFleet(
  options: FleetRunOptions,
  say: (line: string) => void = () => undefined,
): Promise<Report> {
  await using machines = await startMachines(options);
  await using fleet = await Fleet.start(machines, options.processes);
  await using tenant = await createTenant(machines, fleet.url, options.devices);
  const linked = linkedDevices(tenant);
  say(`${options.devices} devices are connected in ${options.processes} processes`);
  const death = await dies(machines, fleet, options);
  say(`one was killed: ${death.map(({ found }) => found).join(', ')}`);
  const stop = await stops(machines, fleet, tenant);
  const checks = [
    ...death,
    ...stop,
    loggedOut(linked, linkedDevices(tenant)),
    liveOnce(machines.simulator.ledger),
  ];
  const kept = checks.every((check) => check.kept);
  if (kept) machines.dropFolder();
  const { backend, processes, devices, seed, leaseTtlSeconds } = options;
  const title = `a fleet of ${processes} processes with ${devices} devices on ${backend}, leases of ${leaseTtlSeconds} s`;
  return { title, seed, checks, facts: {}, kept, logs: kept ? null : machines.folder };
}

async function dies({ simulator }: Machines, fleet: Fleet, options: FleetRunOptions): Promise<Check[]> {
  const { ledger } = simulator;
  const [victim = ''] = fleet.names('sessions');
  const before = ledger.connections().length;
  await fleet.process(victim).kill();
  const firstMs = await untilLogins(machinesLogins(ledger), before + 1, CONNECT_LIMIT_MS);
  const restMs = await untilOpen(ledger, options.devices, CONNECT_LIMIT_MS);
  const takeoverMs = options.leaseTtlSeconds * 1_000 + TAKEOVER_MARGIN_MS;
  const allMs = firstMs === null || restMs === null ? null : firstMs + restMs;
  await fleet.killAndRestart(victim);
  await fleet.started();
  return [
    inTime('killed: the first of its devices is back', firstMs, takeoverMs + TAKEOVER_SLACK_MS),
    inTime('killed: all devices are connected again', allMs, takeoverMs + CONNECT_LIMIT_MS),
  ];
}

const machinesLogins = (ledger: Machines['simulator']['ledger']) => (): number => ledger.connections().length;

async function untilLogins(logins: () => number, count: number, limitMs: number): Promise<number | null> {
  const startedAt = performance.now();
  while (logins() < count) {
    if (performance.now() - startedAt > limitMs) return null;
    await sleep(20);
  }
  return Math.round(performance.now() - startedAt);
}

async function stops(machines: Machines, fleet: Fleet, tenant: Tenant): Promise<Check[]> {
  const { simulator } = machines;
  const count = tenant.devices.length;
  await untilOpen(simulator.ledger, count, CONNECT_LIMIT_MS);
  const sends = count * 2;
  const spreadMs = (sends / SENDS_PER_SECOND) * 1_000;
  const load = { sends, inbound: count, spreadMs };
  const handoverMs = HANDOVER_MS + (count / fleet.names('sessions').length / LOGINS_PER_SECOND) * 1_000;
  const trafficking = makeTraffic(simulator, tenant, {
    ...load,
    signal: AbortSignal.timeout(QUIET_LIMIT_MS),
  });
  await sleep(spreadMs / 3);
  const [, stopped = ''] = fleet.names('sessions');
  const askedAt = performance.now();
  fleet.process(stopped).signal('SIGTERM');
  const { code } = await fleet.process(stopped).exited;
  const stopMs = Math.round(performance.now() - askedAt);
  const backMs = await untilOpen(simulator.ledger, count, CONNECT_LIMIT_MS);
  const traffic = await trafficking;
  await quiet(machines, { inbound: load.inbound }, AbortSignal.timeout(QUIET_LIMIT_MS));
  await sleep(2_000);
  const judged = await judge(machines, tenant, traffic);
  const copies = simulator.phones.flatMap(({ inbox }) => inbox).filter((message) => message.copies > 1);
  return [
    {
      ...inTime('asked to stop: it ends with code 0', stopMs, STOP_LIMIT_MS),
      kept: code === 0 && stopMs <= STOP_LIMIT_MS,
    },
    inTime('asked to stop: all devices are connected again', backMs, handoverMs),
    {
      promise: 'asked to stop: nothing was sent again',
      found: `${copies.length} messages`,
      kept: copies.length === 0,
      examples: copies.slice(0, 5).map(({ text }) => text),
    },
    // Over all that happened here it is judged once.
    ...judged.filter(({ promise }) => promise !== 'no device was live twice'),
  ];
}

/** By the phones' own lists. */
function linkedDevices(tenant: Tenant): ReadonlyMap<string, number> {
  return new Map(tenant.devices.map(({ phone }) => [phone.number, phone.devices.length]));
}

function loggedOut(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): Check {
  const wrong = [...before].filter(([number, count]) => after.get(number) !== count);
  return {
    promise: 'no phone lost or got a linked device',
    found: `${before.size - wrong.length} of ${before.size}`,
    kept: wrong.length === 0,
    examples: wrong
      .slice(0, 5)
      .map(([number, count]) => `${number}: ${count}, then ${after.get(number) ?? 0}`),
  };
}
