import type { Role } from '../../kernel/access.js';
import { invalidInput, kernelErrors } from '../../kernel/errors.js';
import type { Transaction } from '../../platform/database/transaction.js';
import { Subaccount } from '../tenancy/index.js';
import { subaccountsProblem } from './role.policy.js';

const MAX_SUBACCOUNTS = 100;

export function refuseWrongSubaccounts(role: Role, subaccountIds: readonly string[]): void {
  const problem =
    subaccountIds.length > MAX_SUBACCOUNTS
      ? `must name at most ${MAX_SUBACCOUNTS} subaccounts`
      : subaccountsProblem(role, subaccountIds);
  if (problem !== null) throw invalidInput([{ path: 'input.subaccountIds', message: problem }]);
}

/** Throws NOT_FOUND. */
export async function refuseUnknownSubaccounts(
  tx: Transaction,
  subaccountIds: readonly string[],
): Promise<void> {
  const known = await tx.em.count(Subaccount, { id: { $in: [...subaccountIds] } });
  if (known !== subaccountIds.length) throw kernelErrors.NOT_FOUND();
}
