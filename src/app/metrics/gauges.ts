import { asSystem } from '../../kernel/system-context.js';
import type { Supervisor } from '../../modules/device/index.js';
import type { ApiServer } from '../api-server.js';
import type { Infrastructure } from '../infrastructure.js';
import type { ProcessMetrics } from './process-metrics.js';

const SYSTEM = asSystem('figures for machines that watch');
/** The figures of one scrape come from one look at the database. */
const FRESH_FOR_MS = 1_000;

/** The figures that are looked up when somebody asks for them. */
export function observeProcess(
  metrics: ProcessMetrics,
  infrastructure: Infrastructure,
  parts: { readonly server: ApiServer; readonly supervisor: Supervisor | null },
): void {
  const { database, queues } = infrastructure;
  const { server, supervisor } = parts;
  metrics.observe(
    {
      name: 'database_connections',
      help: 'Connections of the pool, and who waits for one',
      labels: ['state'],
    },
    async () => {
      const { inUse, idle, waiting } = database.poolLoad;
      return [
        [{ state: 'in_use' }, inUse],
        [{ state: 'idle' }, idle],
        [{ state: 'waiting' }, waiting],
      ];
    },
  );
  metrics.observe(
    {
      name: 'queue_jobs',
      help: 'Jobs in the queues that this process consumes; of all queues but wake, the processes share one',
      labels: ['queue', 'state'],
    },
    async () =>
      (await queues.depths()).flatMap(({ family: queue, jobs }) =>
        Object.entries(jobs).map(([state, count]) => [{ queue, state }, count] as const),
      ),
  );
  metrics.observe({ name: 'websockets', help: 'Open websockets of the API', labels: [] }, async () => [
    [{}, server.websockets],
  ]);
  metrics.observe({ name: 'shards_owned', help: 'Shards of devices that it owns', labels: [] }, async () => [
    [{}, supervisor?.size.shards ?? 0],
  ]);
  observeBacklog(metrics, infrastructure, supervisor);
}

function observeBacklog(
  metrics: ProcessMetrics,
  { database, clock }: Infrastructure,
  supervisor: Supervisor | null,
): void {
  const lookUp = () =>
    database.callFunction(SYSTEM, 'measure_backlog', [supervisor?.ownedShards() ?? [], clock.now()]);
  let last = { atMs: -Infinity, rows: Promise.resolve<Awaited<ReturnType<typeof lookUp>>>([]) };
  const rowsOf = async (figure: string) => {
    const nowMs = clock.monotonicMs();
    if (nowMs - last.atMs > FRESH_FOR_MS) last = { atMs: nowMs, rows: lookUp() };
    return (await last.rows).filter((row) => row.figure === figure);
  };
  metrics.observe({ name: 'devices', help: 'Devices of the owned shards', labels: ['status'] }, async () =>
    (await rowsOf('devices')).map(({ label: status, value }) => [{ status }, value] as const),
  );
  metrics.observe(
    {
      name: 'lag_seconds',
      help: 'Age of the oldest thing that waits: in outbox and inbox of the owned shards, and for the readers of the event log',
      labels: ['of'],
    },
    async () => (await rowsOf('lag')).map(({ label: of, value }) => [{ of }, value] as const),
  );
}
