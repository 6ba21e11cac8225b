import { invalidInput, kernelErrors } from '../../../kernel/errors.js';
import { decodeCursor } from '../../../kernel/page.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { billingErrors } from '../billing.errors.js';

type CatalogueTable = 'plan' | 'package';

/** Lets changes of an agency's catalogue happen one after the other. */
export async function lockCatalogue(tx: Transaction, agencyId: string): Promise<void> {
  await tx.em.execute('select 1 from agency where id = ? for no key update', [agencyId]);
}

/** The number of a new row; throws CODE_TAKEN. The catalogue must be locked. */
export async function nextNumber(
  tx: Transaction,
  table: CatalogueTable,
  { agencyId, code }: { readonly agencyId: string; readonly code: string },
): Promise<number> {
  const [row] = await tx.em.execute<{ next: number; taken: boolean }[]>(
    `select coalesce(max(number), 0) + 1 as next, coalesce(bool_or(code = ?), false) as taken
     from "${table}" where agency_id = ?`,
    [code, agencyId],
  );
  if (row === undefined || row.taken) throw billingErrors.CODE_TAKEN({ data: { code } });
  return row.next;
}

/** Makes this row the default instead of the one that was. The catalogue must be locked. */
export async function makeDefault(
  tx: Transaction,
  table: CatalogueTable,
  { agencyId, id }: { readonly agencyId: string; readonly id: string },
): Promise<void> {
  await tx.em.execute(`update "${table}" set is_default = false where agency_id = ? and is_default`, [
    agencyId,
  ]);
  await tx.em.execute(`update "${table}" set is_default = true where id = ?`, [id]);
}

/** What becomes of the default: another row takes it over, nothing else ends it. */
export function assertDefaultStays(isDefault: boolean | undefined): void {
  if (isDefault !== false) return;
  throw invalidInput([
    { path: 'input.isDefault', message: 'can only be true: make another one the default' },
  ]);
}

/** Decodes the cursor of a list that is ordered by number. */
export function decodeNumberCursor(cursor: string): number {
  const [text = ''] = decodeCursor(cursor, 1);
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw kernelErrors.INVALID_CURSOR();
}
