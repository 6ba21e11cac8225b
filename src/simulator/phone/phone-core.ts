import type { Mutex } from 'async-mutex';
import type { PostOffice } from '../messaging/post-office.js';
import type { ReceiptRouter } from '../messaging/receipt-router.js';
import type { Network } from '../network.js';
import type { SenderKeys } from '../signal/sender-keys.js';
import type { Account } from '../state/account.js';

/** What the parts of one phone share. */
export interface PhoneCore {
  readonly account: Account;
  readonly network: Network;
  readonly office: PostOffice;
  readonly receipts: ReceiptRouter;
  readonly senderKeys: SenderKeys;
  /** Signal state changes one message at a time. */
  readonly signalMutex: Mutex;
}
