import type { EntityManager } from '@mikro-orm/postgresql';
import type { Deal } from './deal.entity.js';

interface TagTable {
  deal_tag: { deal_id: string; tag: string; agency_id: string; subaccount_id: string };
}

/** The tags of each of these deals, in the order of the alphabet. */
export async function findTags(
  em: EntityManager,
  dealIds: readonly string[],
): Promise<ReadonlyMap<string, string[]>> {
  const rows = await em
    .getKysely<TagTable>()
    .selectFrom('deal_tag')
    .select(['deal_id', 'tag'])
    .where('deal_id', 'in', [...dealIds])
    .orderBy('tag')
    .execute();
  const byDeal = new Map<string, string[]>(dealIds.map((id) => [id, []]));
  for (const { deal_id: dealId, tag } of rows) byDeal.get(dealId)?.push(tag);
  return byDeal;
}

/** Gives a stored deal these tags and no others. */
export async function setTags(em: EntityManager, deal: Deal, tags: readonly string[]): Promise<void> {
  const db = em.getKysely<TagTable>();
  await db.deleteFrom('deal_tag').where('deal_id', '=', deal.id).execute();
  if (tags.length === 0) return;
  const { id: deal_id, agencyId: agency_id, subaccountId: subaccount_id } = deal;
  await db
    .insertInto('deal_tag')
    .values(tags.map((tag) => ({ deal_id, tag, agency_id, subaccount_id })))
    .execute();
}
