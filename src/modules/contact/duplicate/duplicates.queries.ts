import type { EntityManager } from '@mikro-orm/postgresql';
import { decodeCursor, pageSize, toPage } from '../../../kernel/page.js';
import type { Page, PageRequest } from '../../../kernel/page.js';
import { PreparedStatement } from '../../../platform/database/prepared-statement.js';

/** Contacts that may be one person. */
export interface Duplicates {
  /** What they have in common. */
  readonly value: string;
  readonly count: number;
  /** The oldest of them. */
  readonly contactIds: readonly string[];
}

const SHOWN_OF_EACH = 20;

const BY_NAME = new PreparedStatement<Duplicates>(
  'duplicates_by_name',
  `select name_key as value, count(*)::int as count, (array_agg(id order by id))[1:${SHOWN_OF_EACH}] as "contactIds"
   from contact where subaccount_id = $1 and name_key is not null and name_key > $2
   group by name_key having count(*) > 1 order by name_key limit $3`,
);
const BY_FIELD = new PreparedStatement<Duplicates>(
  'duplicates_by_field',
  `select value, count(*)::int as count, (array_agg(contact_id order by contact_id))[1:${SHOWN_OF_EACH}] as "contactIds"
   from contact_field_value where field_id = $1 and value > $2
   group by value having count(*) > 1 order by value limit $3`,
);

/** Contacts of one name, or with one value in a field, in the order of what they have in common. */
export async function listDuplicates(
  em: EntityManager,
  { subaccountId, fieldId }: { readonly subaccountId: string; readonly fieldId: string | null },
  request: PageRequest,
): Promise<Page<Duplicates>> {
  const size = pageSize(request);
  const [after = ''] = request.after == null ? [] : decodeCursor(request.after, 1);
  const rows =
    fieldId === null
      ? await BY_NAME.run(em, [subaccountId, after, size + 1])
      : await BY_FIELD.run(em, [fieldId, after, size + 1]);
  return toPage(rows, size, request, ({ value }) => [value]);
}
