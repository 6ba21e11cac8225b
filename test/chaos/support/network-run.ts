import { quiet } from './chaos-run.js';
import { Fleet } from './fleet.js';
import { startMachines, type MachineOptions, type Machines } from './machines.js';
import type { Report } from './report.js';
import { linkCounters, type Network } from './slow-link.js';
import { createTenant } from './tenant.js';
import { makeTraffic } from './traffic.js';
import { judge, type Check } from './verdict.js';

const LOAD = { devices: 6, sends: 90, inbound: 30, spreadMs: 20_000 };
const LIMIT_MS = 240_000;
/** A lease of a few seconds would also measure how patient short leases are. */
const LEASE_TTL_SECONDS = 30;

/** Messages go both ways over a cable that delays and loses packets. Runs inside the namespace of PostgreSQL and WhatsApp. */
export async function runNetwork(
  options: MachineOptions & { readonly network: Network },
  say: (line: string) => void,
): Promise<Report> {
  await using machines = await startMachines({ ...options, leaseTtlSeconds: LEASE_TTL_SECONDS });
  await using fleet = await Fleet.start(machines, 1);
  await using tenant = await createTenant(machines, fleet.url, LOAD.devices);
  say(`${LOAD.devices} devices are connected over the bad cable`);
  const limit = AbortSignal.timeout(LIMIT_MS);
  const startedAt = performance.now();
  const traffic = await makeTraffic(machines.simulator, tenant, { ...LOAD, signal: limit });
  await quiet(machines, LOAD, limit);
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  const checks = [wasBad(), await noneFailed(machines), ...(await judge(machines, tenant, traffic))];
  const kept = checks.every((check) => check.kept);
  if (kept) machines.dropFolder();
  const facts = {
    'seconds to quiet': `${seconds}, handed in over ${LOAD.spreadMs / 1_000}`,
    'requests repeated by the caller': traffic.repeated,
    'WhatsApp logins': machines.simulator.ledger.connections().length,
  };
  const { backend, seed } = options;
  const title = `a bad network between the server and its machines, on ${backend}: ${LOAD.sends} sent and ${LOAD.inbound} received by ${LOAD.devices} devices`;
  return { title, seed, checks, facts, kept, logs: kept ? null : machines.folder };
}

/** A run over a cable that was good would show nothing. */
function wasBad(): Check {
  const { how, packets, dropped } = linkCounters();
  return {
    promise: 'the cable did lose packets',
    found: `${dropped} of ${packets + dropped} to the server, by ${how}`,
    kept: dropped > 0,
    examples: [],
  };
}

async function noneFailed({ query }: Machines): Promise<Check> {
  const failed = await query<{ status: string; failure_code: string | null }>(
    `select status, failure_code from message where status = 'FAILED' or failure_code is not null`,
  );
  return {
    promise: 'no message failed',
    found: `${failed.length} failed`,
    kept: failed.length === 0,
    examples: failed.slice(0, 5).map((row) => `${row.status} ${row.failure_code ?? ''}`),
  };
}
