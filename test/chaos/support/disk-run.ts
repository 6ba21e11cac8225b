import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { quiet } from './chaos-run.js';
import { Fleet } from './fleet.js';
import { startMachines, type MachineOptions, type Machines } from './machines.js';
import type { Report } from './report.js';
import { SmallDisk } from './small-disk.js';
import { inTime } from './sockets.js';
import { createTenant } from './tenant.js';
import { makeTraffic, type Traffic } from './traffic.js';
import { judge, type Check } from './verdict.js';

const DISK_MEGABYTES = 320;
/** Few segments are kept, so that a full disk is soon felt by the log of PostgreSQL, too. */
const SMALL = { min_wal_size: '32MB', max_wal_size: '64MB', checkpoint_timeout: '30s' };
const LOAD = { devices: 6, sends: 300, inbound: 30, spreadMs: 25_000 };
const FULL_AFTER_MS = 5_000;
const FULL_MS = 12_000;
/** Longer than the disk is full: nobody else should have to take the devices over. */
const LEASE_TTL_SECONDS = 30;
const RECOVERY_LIMIT_MS = 60_000;
const LIMIT_MS = 240_000;

/** The disk under PostgreSQL becomes full while messages go both ways, stays so for a while, and has room again. */
export async function runDisk(options: MachineOptions, say: (line: string) => void): Promise<Report> {
  using disk = new SmallDisk(DISK_MEGABYTES);
  // Without synchronous commits a PostgreSQL that panics forgets what it has confirmed.
  const durable = {
    ...options,
    fast: false,
    leaseTtlSeconds: LEASE_TTL_SECONDS,
    dataDir: disk.folder,
    settings: SMALL,
  };
  await using machines = await startMachines(durable);
  await using fleet = await Fleet.start(machines, 1);
  await using tenant = await createTenant(machines, fleet.url, LOAD.devices);
  say(`${LOAD.devices} devices are connected`);
  const limit = AbortSignal.timeout(LIMIT_MS);
  const trafficking = makeTraffic(machines.simulator, tenant, { ...LOAD, signal: limit });
  // Told below; until then nobody waits for it.
  trafficking.catch(() => undefined);
  const startedAt = performance.now();
  await sleep(FULL_AFTER_MS);
  const before = disk.freeBytes;
  disk.fill();
  say(`the disk is full: ${Math.round(before / 1e6)} MB were free`);
  await sleep(FULL_MS);
  const grewWhileFull = await canGrow(machines);
  disk.clear();
  const recovery = await untilWritable(machines);
  say('there is room again');
  const traffic = await trafficking;
  await quiet(machines, LOAD, limit);
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  const checks = [
    wasFull(grewWhileFull),
    refused(traffic),
    inTime('PostgreSQL takes writes again', recovery, RECOVERY_LIMIT_MS),
    survived(fleet),
    ...(await judge(machines, tenant, traffic)),
  ];
  const kept = checks.every((check) => check.kept);
  if (kept) machines.dropFolder();
  const facts = {
    'seconds to quiet': `${seconds}, handed in over ${LOAD.spreadMs / 1_000}`,
    'requests repeated by the caller': `${traffic.repeated}, of which already done ${traffic.replayed}`,
    'PostgreSQL said': complaints(disk),
    'WhatsApp logins': machines.simulator.ledger.connections().length,
  };
  const title = `a disk full for ${FULL_MS / 1_000} s under PostgreSQL, on ${options.backend}: ${LOAD.sends} sent and ${LOAD.inbound} received by ${LOAD.devices} devices`;
  return { title, seed: options.seed, checks, facts, kept, logs: kept ? null : machines.folder };
}

/** Whether a table finds room for a megabyte more. */
async function canGrow({ query }: Machines): Promise<boolean> {
  try {
    await query(
      'create table chaos_growth as select repeat(md5(n::text), 32) from generate_series(1, 1024) n',
    );
    await query('drop table chaos_growth');
    return true;
  } catch {
    return false;
  }
}

async function untilWritable(machines: Machines): Promise<number | null> {
  const startedAt = performance.now();
  while (performance.now() - startedAt < RECOVERY_LIMIT_MS) {
    if (await canGrow(machines)) return Math.round(performance.now() - startedAt);
    await sleep(100);
  }
  return null;
}

function wasFull(grew: boolean): Check {
  return {
    promise: 'the disk was full',
    found: grew ? 'it was not' : 'no table could grow',
    kept: !grew,
    examples: [],
  };
}

/** Anything else than a request to try again would have ended the caller. */
function refused({ refusals }: Traffic): Check {
  const reasons = [...refusals].map(([reason, times]) => `${times} ${reason}`);
  const vague = [...refusals.keys()].filter((reason) => !reason.startsWith('DATABASE_'));
  return {
    promise: 'callers were asked to try again, with a reason',
    found: reasons.join(', ') || 'never',
    kept: refusals.size > 0 && vague.length === 0,
    examples: vague,
  };
}

function survived(fleet: Fleet): Check {
  const gone = fleet.names('all').filter((name) => !fleet.process(name).isRunning);
  return {
    promise: 'no server process ended',
    found: `${gone.length} ended`,
    kept: gone.length === 0,
    examples: gone,
  };
}

/** Its log lies on the same disk and may lack lines of the worst time. */
function complaints({ folder }: SmallDisk): string {
  const log = readFileSync(path.join(folder, 'postgres/postgres.log'), 'utf8');
  const count = (pattern: RegExp): number => log.match(pattern)?.length ?? 0;
  return `${count(/No space left/g)} times that no space is left, ${count(/PANIC:/g)} panics, ${count(/ready to accept connections/g) - 1} returns`;
}
