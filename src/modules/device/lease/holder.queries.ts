import type { EntityManager } from '@mikro-orm/postgresql';

/** The processes that hold shards now, by shard; a shard that nobody holds is not in the answer. */
export async function findHolders(
  em: EntityManager,
  shards: readonly number[],
): Promise<Map<number, string>> {
  const rows = await em.execute<{ shard: number; owner: string }[]>(
    `select shard, owner from shard_lease
     where shard = any (?::smallint[]) and owner is not null and expires_at > clock_timestamp()`,
    [`{${shards.join(',')}}`],
  );
  return new Map(rows.map(({ shard, owner }) => [shard, owner]));
}
