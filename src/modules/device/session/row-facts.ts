import type { EntityManager } from '@mikro-orm/postgresql';
import { PreparedStatement } from '../../../platform/database/prepared-statement.js';
import type { RowFacts } from './next-step.js';

interface FactsRow extends Pick<RowFacts, 'link' | 'connection' | 'suspended'> {
  readonly wakeAtMs: number | null;
  readonly deletedAtMs: number | null;
}

const FIND_FACTS = new PreparedStatement<FactsRow>(
  'find_device_facts',
  `select link, connection, suspended, (extract(epoch from wake_at) * 1000)::float8 as "wakeAtMs",
          (extract(epoch from deleted_at) * 1000)::float8 as "deletedAtMs"
   from device where id = $1`,
);

const toDate = (ms: number | null): Date | null => (ms === null ? null : new Date(ms));

/** What decides about the next step of a device, also of one that was deleted. */
export async function findRowFacts(em: EntityManager, deviceId: string): Promise<RowFacts | null> {
  const [row] = await FIND_FACTS.run(em, [deviceId]);
  if (row === undefined) return null;
  const { wakeAtMs, deletedAtMs, ...facts } = row;
  return { ...facts, wakeAt: toDate(wakeAtMs), deletedAt: toDate(deletedAtMs) };
}
