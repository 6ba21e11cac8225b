import type { EntityManager } from '@mikro-orm/postgresql';
import { decodeCursor, pageSize, toPage } from '../../../kernel/page.js';
import type { Page, PageRequest } from '../../../kernel/page.js';
import { PreparedStatement } from '../../../platform/database/prepared-statement.js';

/** A tag that contacts have. */
export interface TagUse {
  readonly tag: string;
  readonly count: number;
}

const LIST = new PreparedStatement<TagUse>(
  'list_contact_tags',
  `select tag, count(*)::int as count from contact_tag
   where subaccount_id = $1 and tag > $2 group by tag order by tag limit $3`,
);

/** The tags that contacts of a subaccount have, in the order of the alphabet. */
export async function listTagUses(
  em: EntityManager,
  subaccountId: string,
  request: PageRequest,
): Promise<Page<TagUse>> {
  const size = pageSize(request);
  const [after = ''] = request.after == null ? [] : decodeCursor(request.after, 1);
  return toPage(await LIST.run(em, [subaccountId, after, size + 1]), size, request, ({ tag }) => [tag]);
}
