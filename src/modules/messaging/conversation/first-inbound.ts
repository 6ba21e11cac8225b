import type { EntityManager } from '@mikro-orm/postgresql';

/** When each of these contacts wrote first, to whichever device; those who never did are left out. */
export async function findFirstInbound(
  em: EntityManager,
  contactIds: readonly string[],
): Promise<ReadonlyMap<string, Date>> {
  if (contactIds.length === 0) return new Map();
  const rows = await em.execute<{ readonly id: string; readonly at: string | Date }[]>(
    `select contact_id as id, min(first_inbound_at) as at from conversation
     where contact_id = any (?::uuid[]) and first_inbound_at is not null group by contact_id`,
    [`{${contactIds.join(',')}}`],
  );
  return new Map(rows.map(({ id, at }) => [id, new Date(at)]));
}
