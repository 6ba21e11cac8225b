import type { Transaction } from '../../platform/database/transaction.js';
import type { Contact } from './contact.entity.js';

/** Implemented by whoever has something on its way to contacts. */
export interface ContactWishes {
  /** The contact has just opted out or been blocked, in this transaction: ends what must not reach it any more. */
  respect(tx: Transaction, contact: Contact): Promise<void>;
}
