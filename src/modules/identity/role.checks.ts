import { kernelErrors } from '../../kernel/errors.js';
import type { Transaction } from '../../platform/database/transaction.js';
import { Subaccount } from '../tenancy/index.js';

/** Throws NOT_FOUND. */
export async function refuseUnknownSubaccounts(
  tx: Transaction,
  subaccountIds: readonly string[],
): Promise<void> {
  const known = await tx.em.count(Subaccount, { id: { $in: [...subaccountIds] } });
  if (known !== subaccountIds.length) throw kernelErrors.NOT_FOUND();
}
