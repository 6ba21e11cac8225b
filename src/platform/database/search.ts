import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { TENANT_FUNCTIONS } from './cross-tenant-functions.js';

/** The ids that a function of the caller's tenant finds, newest first. */
export async function searchIds(
  em: EntityManager,
  name: (typeof TENANT_FUNCTIONS)[number],
  values: readonly unknown[],
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select found.id from ${sql.id(name)}(${sql.join(values)}) as found (id)`.execute(em.getKysely<unknown>());
  return rows.map(({ id }) => id);
}
