import type { Transaction } from '../../../platform/database/transaction.js';
import { markTryWritten } from './outbox.statements.js';
import type { Try } from './outbox.statements.js';

/**
 * That a try is about to be written. Noted in the transaction that stores what its ciphertext used up: whatever dies afterwards, nobody takes the
 * message for unwritten, and no key is used for it that is still there for another.
 */
export class WriteIntent {
  readonly #own: Try;
  #isAllowed: boolean | null = null;

  constructor(own: Try) {
    this.#own = own;
  }

  /** Whether it may be written; null: nothing is durable yet. */
  get isAllowed(): boolean | null {
    return this.#isAllowed;
  }

  async note(tx: Transaction, at: Date): Promise<void> {
    const allowed = await markTryWritten(tx, this.#own, at);
    tx.afterCommit(() => {
      this.#isAllowed = allowed;
    });
  }
}
