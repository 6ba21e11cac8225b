import { setTimeout as sleep } from 'node:timers/promises';
import { CRASH_POINTS } from '../../../src/app/crash-points.js';
import { quiet } from './chaos-run.js';
import { Fleet } from './fleet.js';
import { startMachines, type MachineOptions } from './machines.js';
import type { Report } from './report.js';
import { createTenant } from './tenant.js';
import { makeTraffic, type Traffic } from './traffic.js';
import { judge } from './verdict.js';

export interface PointsOptions extends MachineOptions {
  /** How often each point is hit. */
  readonly times: number;
}

const PROCESS = 'sessions-1';
const REACH_LIMIT_MS = 30_000;
const QUIET_LIMIT_MS = 60_000;
const SETTLE_MS = 2_000;

/** Ends the one process with sessions in each crash point while messages go both ways, and judges after each round. */
export async function runPoints(
  options: PointsOptions,
  say: (line: string) => void = () => undefined,
): Promise<Report> {
  await using machines = await startMachines(options);
  await using fleet = await Fleet.start(machines, 1);
  await using tenant = await createTenant(machines, fleet.url, 2);
  const hits: string[] = [];
  const missed: string[] = [];
  let all: Traffic | null = null;
  for (const point of CRASH_POINTS) {
    for (let time = 0; time < options.times; time += 1) {
      await fleet.arm(PROCESS, point);
      const load = { sends: 4, inbound: 4, spreadMs: 500, signal: AbortSignal.timeout(REACH_LIMIT_MS) };
      const traffic = makeTraffic(machines.simulator, tenant, {
        ...load,
        round: hits.length + missed.length,
      });
      const reached = await fleet.crashed(PROCESS, REACH_LIMIT_MS);
      (reached ? hits : missed).push(point);
      all = joined(all, await traffic);
      await fleet.started();
      await quiet(machines, { inbound: all.written.length }, AbortSignal.timeout(QUIET_LIMIT_MS));
      say(`${point}: ${reached ? 'the process ended there' : 'NOT REACHED'}`);
    }
  }
  await sleep(SETTLE_MS);
  const reached = {
    promise: 'every crash point was hit',
    found: `${hits.length} times`,
    kept: missed.length === 0,
  };
  const checks = [
    { ...reached, examples: missed },
    ...(all === null ? [] : await judge(machines, tenant, all)),
  ];
  const kept = checks.every((check) => check.kept);
  if (kept) machines.dropFolder();
  const title = `crash points on ${options.backend}, each ${options.times} times`;
  return { title, seed: options.seed, facts: {}, checks, kept, logs: kept ? null : machines.folder };
}

function joined(before: Traffic | null, after: Traffic): Traffic {
  if (before === null) return after;
  return {
    customers: [...before.customers, ...after.customers],
    accepted: new Map([...before.accepted, ...after.accepted]),
    written: [...before.written, ...after.written],
    repeated: before.repeated + after.repeated,
    refusals: added(before.refusals, after.refusals),
    replayed: before.replayed + after.replayed,
  };
}

function added(left: ReadonlyMap<string, number>, right: ReadonlyMap<string, number>): Map<string, number> {
  const sums = new Map(left);
  for (const [name, count] of right) sums.set(name, (sums.get(name) ?? 0) + count);
  return sums;
}
