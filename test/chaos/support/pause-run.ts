import { setTimeout as sleep } from 'node:timers/promises';
import { quiet } from './chaos-run.js';
import { Fleet } from './fleet.js';
import { startMachines, TAKEOVER_MARGIN_MS, type MachineOptions } from './machines.js';
import type { Report } from './report.js';
import { createTenant } from './tenant.js';
import { makeTraffic } from './traffic.js';
import { judge, type Check } from './verdict.js';

const SLACK_MS = 3_000;
const QUIET_LIMIT_MS = 60_000;
const SETTLE_MS = 2_000;

/**
 * Pauses one of two processes for longer than its leases last, while messages go both ways, and lets it go on. Its sockets stay open in
 * the kernel meanwhile: that WhatsApp replaces them cannot be helped. What it must not do is to connect, send or write once more.
 */
export async function runPause(options: MachineOptions & { readonly devices: number }): Promise<Report> {
  await using machines = await startMachines(options);
  await using fleet = await Fleet.start(machines, 2);
  await using tenant = await createTenant(machines, fleet.url, options.devices);
  const { ledger } = machines.simulator;
  const [paused = ''] = fleet.names('sessions');
  const pauseMs = options.leaseTtlSeconds * 1_000 + TAKEOVER_MARGIN_MS + SLACK_MS;
  const load = { sends: options.devices * 6, inbound: options.devices * 3, spreadMs: pauseMs + 4_000 };
  const trafficking = makeTraffic(machines.simulator, tenant, {
    ...load,
    signal: AbortSignal.timeout(QUIET_LIMIT_MS),
  });
  await sleep(1_000);
  fleet.process(paused).signal('SIGSTOP');
  await sleep(pauseMs);
  const replacedBefore = ledger.doubleConnections().length;
  const continuedAt = new Date();
  fleet.process(paused).signal('SIGCONT');
  const traffic = await trafficking;
  await quiet(machines, { inbound: load.inbound }, AbortSignal.timeout(QUIET_LIMIT_MS));
  await sleep(SETTLE_MS);
  const judged = await judge(machines, tenant, traffic);
  const checks = [
    await noOldEpoch(machines.query, continuedAt),
    fought(ledger.doubleConnections().length - replacedBefore),
    // The sockets of the paused process, once each, are judged above.
    ...judged.filter(({ promise }) => promise !== 'no device was live twice'),
  ];
  const kept = checks.every((check) => check.kept);
  if (kept) machines.dropFolder();
  const title = `one of two processes paused for ${pauseMs} ms, on ${options.backend}`;
  const facts = { 'sockets that WhatsApp replaced during the pause': replacedBefore };
  return { title, seed: options.seed, checks, facts, kept, logs: kept ? null : machines.folder };
}

/** No try began or was written under an epoch that had been passed on by then. */
async function noOldEpoch(
  query: <T extends object>(sql: string, values?: readonly unknown[]) => Promise<T[]>,
  since: Date,
): Promise<Check> {
  const late = await query<{ message_id: string }>(
    `select old.message_id from message_attempt old
     where (old.started_at >= $1 or old.written_at >= $1) and exists (
       select from message_attempt new
       where new.device_id = old.device_id and new.epoch > old.epoch and new.started_at < $1)`,
    [since],
  );
  return {
    promise: 'nothing was begun or written under an old epoch',
    found: `${late.length} times`,
    kept: late.length === 0,
    examples: late.map(({ message_id: id }) => id),
  };
}

function fought(times: number): Check {
  const promise = 'the one that woke up replaced no socket of the new owner';
  return { promise, found: `${times} replaced`, kept: times === 0, examples: [] };
}
