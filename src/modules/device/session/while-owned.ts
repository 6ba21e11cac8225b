import { bothDone } from '../../../kernel/both-done.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import type { OwnedDevice } from './ports.js';

/**
 * Runs `work` in the caller's transaction under the lease of a device. Its first statements leave together with the one that holds the lease: should
 * that have passed on, the transaction is given up. `work` must do nothing that a rollback cannot undo. Throws SessionFencedError.
 */
export async function whileOwned<T>(
  owned: Pick<OwnedDevice, 'assertOwned'>,
  tx: Transaction,
  work: () => Promise<T>,
): Promise<T> {
  const [, result] = await bothDone(owned.assertOwned(tx), work());
  return result;
}
