import { setTimeout as sleep } from 'node:timers/promises';
import { GraphqlClient } from '../../../src/cli/graphql-client.js';
import type { BenchServer } from '../bench-server.js';
import { startBenchServer } from '../bench-server.js';
import { residentMiB } from '../machine.js';
import { atMost } from '../report.js';
import type { BenchOptions, BenchResult } from '../report.js';
import { asOwner, createTenants } from '../tenants.js';

const FULL = 100_000;
const LOOK_MS = 100;
/** Of what the server holds before the import. */
const MEMORY_GOAL_MIB = 150;
/** The file is some 6 MiB; a file that is held would show. */
const KILL_AT = 0.5;

interface Progress {
  readonly status: string;
  readonly total: number | null;
  readonly processed: number;
  readonly created: number;
  readonly failed: number;
}

interface Import {
  readonly subaccountId: string;
  readonly rows: number;
  /** In the middle, once. */
  readonly kill: boolean;
  readonly signal: AbortSignal;
}

interface Imported {
  readonly seconds: number;
  readonly addedMiB: number;
  readonly peakMiB: number;
  readonly steps: number;
  /** From the start of the process after it was killed to the first step that it made; 0: it was not killed. */
  readonly backSeconds: number;
}

/** A file of 100,000 contacts, from the upload to the last one: once undisturbed, once with the server killed in the middle. */
export async function benchImport({ size, profileDir, signal }: BenchOptions): Promise<BenchResult> {
  const rows = FULL * size;
  await using server = await startBenchServer({ env: { ROLES: 'api,worker' }, profileDir });
  const { apiKey, subaccounts } = await createTenants(server, { subaccounts: 2, devicesEach: 0 });
  const [quiet, killed] = subaccounts.map(({ id }) => id);
  if (quiet === undefined || killed === undefined) throw new Error('there are no subaccounts');
  const client = (): GraphqlClient => new GraphqlClient(server.url, apiKey);
  const undisturbed = await importInto(server, client, { subaccountId: quiet, rows, kill: false, signal });
  const restarted = await importInto(server, client, { subaccountId: killed, rows, kill: true, signal });
  await verify(server, rows);
  return {
    name: 'import',
    title: `${rows} contacts from a CSV file, 1 process with API and worker`,
    floor: '',
    comparisons: [
      { metric: 'undisturbed', unit: 's', product: [undisturbed.seconds] },
      { metric: 'contacts', unit: '1/s', product: [rows / undisturbed.seconds] },
      {
        metric: 'memory added',
        unit: 'MiB',
        product: [undisturbed.addedMiB],
        goals: [atMost(MEMORY_GOAL_MIB, 'value')],
      },
      { metric: 'memory at most', unit: 'MiB', product: [undisturbed.peakMiB] },
      { metric: 'steps seen', unit: '', product: [undisturbed.steps] },
      { metric: 'with a kill -9', unit: 's', product: [restarted.seconds] },
      { metric: 'goes on after', unit: 's', product: [restarted.backSeconds] },
    ],
    verified: `${rows} contacts, identities, tags and events in each subaccount, none twice`,
  };
}

async function importInto(
  server: BenchServer,
  client: () => GraphqlClient,
  { subaccountId, rows, kill, signal }: Import,
): Promise<Imported> {
  const before = residentMiB(server.pid());
  const startedMs = performance.now();
  const id = await upload(client(), subaccountId, rows);
  let [peak, steps, seen, back, killedMs] = [before, 0, 0, 0, 0];
  for (;;) {
    signal.throwIfAborted();
    const progress = await look(client(), id);
    if (progress.processed > seen) {
      if (killedMs > 0 && back === 0) back = performance.now() - killedMs;
      steps += 1;
    }
    seen = progress.processed;
    peak = Math.max(peak, residentMiB(server.pid()));
    if (progress.status === 'COMPLETED') break;
    if (progress.status === 'FAILED') throw new Error('the import failed');
    if (kill && killedMs === 0 && seen >= rows * KILL_AT) {
      process.kill(server.pid(), 'SIGKILL');
      await server.stop();
      killedMs = performance.now();
      await server.start();
    }
    await sleep(LOOK_MS, undefined, { signal });
  }
  const seconds = (performance.now() - startedMs) / 1_000;
  return { seconds, addedMiB: peak - before, peakMiB: peak, steps, backSeconds: back / 1_000 };
}

async function upload(client: GraphqlClient, subaccountId: string, rows: number): Promise<string> {
  const { createContactImport: made } = await client.request<{
    createContactImport: { uploadUrl: string; bulkOperation: { id: string } };
  }>(
    `mutation ($input: CreateContactImportInput!) { createContactImport(input: $input) {
       uploadUrl bulkOperation { id } } }`,
    { input: { subaccountId } },
  );
  const lines = Array.from(
    { length: rows },
    (_, n) => `${6_281_700_000_000 + n},"Wijaya, Person ${n}",customer; city ${n % 50}`,
  );
  const body = ['phone_number,name,tags', ...lines].join('\n');
  const response = await fetch(made.uploadUrl, { method: 'PUT', body });
  if (response.status !== 204) throw new Error(`the upload was answered with ${response.status}`);
  return made.bulkOperation.id;
}

async function look(client: GraphqlClient, id: string): Promise<Progress> {
  const query = 'query ($id: ID!) { bulkOperation(id: $id) { status total processed created failed } }';
  return (await client.request<{ bulkOperation: Progress }>(query, { id })).bulkOperation;
}

/** Throws unless each contact of each file is there once. */
async function verify(server: BenchServer, each: number): Promise<void> {
  await asOwner(server, async (client) => {
    const { rows } = await client.query<{ what: string; count: number }>(
      `select 'contacts' as what, count(*)::int as count from contact group by subaccount_id
       union all select 'identities', count(*)::int from contact_identity group by subaccount_id
       union all select 'numbers', count(distinct value)::int from contact_identity group by subaccount_id
       union all select 'tags', count(*)::int / 2 from contact_tag group by subaccount_id
       union all select 'events', count(*)::int from event where topic = 'contact.created' group by subaccount_id`,
    );
    const wrong = rows.filter(({ count }) => count !== each);
    if (rows.length !== 10 || wrong.length > 0) throw new Error(`wrong rows: ${JSON.stringify(rows)}`);
  });
}
