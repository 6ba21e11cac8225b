import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { quiet } from './chaos-run.js';
import { Fleet } from './fleet.js';
import { startMachines, type MachineOptions } from './machines.js';
import type { Report } from './report.js';
import { liveOnce, openSockets } from './sockets.js';
import { createTenant } from './tenant.js';
import { makeTraffic } from './traffic.js';
import { judge } from './verdict.js';

export interface SoakOptions extends MachineOptions {
  readonly devices: number;
  readonly minutes: number;
}

const PROCESS = 'sessions-1';
const SAMPLE_EVERY_MS = 5_000;
const QUIET_LIMIT_MS = 120_000;
/** The first third warms caches up and is not part of the slope. */
const WARM_UP = 1 / 3;

interface Sample {
  readonly minute: number;
  readonly megabytes: number;
}

/** Devices stay connected in one process while a message a second goes each way: no connection may be lost, and memory is measured. */
export async function runSoak(
  options: SoakOptions,
  say: (line: string) => void = () => undefined,
): Promise<Report> {
  const { devices, minutes } = options;
  await using machines = await startMachines(options);
  await using fleet = await Fleet.start(machines, 1);
  const emptyMb = await residentMb(fleet.process(PROCESS).pid);
  await using tenant = await createTenant(machines, fleet.url, devices);
  const { ledger } = machines.simulator;
  say(`${devices} devices are connected; soaking for ${minutes} minutes`);
  const lasting = minutes * 60_000;
  const loginsBefore = ledger.connections().length;
  const load = { sends: minutes * 60, inbound: minutes * 60, spreadMs: lasting };
  const trafficking = makeTraffic(machines.simulator, tenant, {
    ...load,
    signal: AbortSignal.timeout(lasting + QUIET_LIMIT_MS),
  });
  const samples: Sample[] = [];
  let fewest = devices;
  for (const startedAt = performance.now(); performance.now() - startedAt < lasting;) {
    await sleep(SAMPLE_EVERY_MS);
    const minute = (performance.now() - startedAt) / 60_000;
    samples.push({ minute, megabytes: await residentMb(fleet.process(PROCESS).pid) });
    fewest = Math.min(fewest, openSockets(ledger));
    if (samples.length % 12 === 0)
      say(`${minute.toFixed(0)} min: ${samples.at(-1)?.megabytes.toFixed(0) ?? ''} MB`);
  }
  const traffic = await trafficking;
  await quiet(machines, { inbound: load.inbound }, AbortSignal.timeout(QUIET_LIMIT_MS));
  const logins = ledger.connections().length - loginsBefore;
  const stayed = {
    promise: 'every device stayed connected',
    found: `${fewest} of ${devices} at any time, ${logins} new logins`,
    kept: fewest >= devices && logins === 0,
    examples: [],
  };
  const judged = await judge(machines, tenant, traffic);
  const checks = [
    stayed,
    ...judged.filter(({ promise }) => promise !== 'no device was live twice'),
    liveOnce(ledger),
  ];
  const kept = checks.every((check) => check.kept);
  if (kept) machines.dropFolder();
  const title = `${devices} devices in one process for ${minutes} minutes on ${options.backend}`;
  return {
    title,
    seed: options.seed,
    checks,
    facts: memoryFacts(samples, emptyMb, devices),
    kept,
    logs: kept ? null : machines.folder,
  };
}

function memoryFacts(samples: readonly Sample[], emptyMb: number, devices: number): Record<string, string> {
  const warm = samples.slice(Math.floor(samples.length * WARM_UP));
  const sizes = samples.map(({ megabytes }) => megabytes);
  const last = sizes.at(-1) ?? 0;
  return {
    'resident memory': `${emptyMb.toFixed(0)} MB empty, ${(sizes[0] ?? 0).toFixed(0)} MB at the start, ${last.toFixed(0)} MB at the end, ${Math.max(...sizes).toFixed(0)} MB at most`,
    'memory of a device': `${((last - emptyMb) / devices).toFixed(2)} MB`,
    'memory slope after the warm-up': `${slope(warm).toFixed(2)} MB a minute`,
  };
}

/** Least squares. */
function slope(samples: readonly Sample[]): number {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  const [x, y] = [mean(samples.map(({ minute }) => minute)), mean(samples.map(({ megabytes }) => megabytes))];
  const above = samples.reduce((sum, each) => sum + (each.minute - x) * (each.megabytes - y), 0);
  const below = samples.reduce((sum, each) => sum + (each.minute - x) ** 2, 0);
  return below === 0 ? 0 : above / below;
}

async function residentMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? NaN) / 1_024;
}
