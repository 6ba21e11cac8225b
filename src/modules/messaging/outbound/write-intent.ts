import type { Transaction } from '../../../platform/database/transaction.js';
import type { LiveSession } from '../../device/index.js';
import { noteReachOut } from '../conversation/conversation.acquaintance.js';
import type { ClaimedMessage } from './claimed-message.js';
import { markTriesWritten } from './outbox.statements.js';
import type { Pacer } from './pacing/pacer.js';

/**
 * Notes claimed messages of one session as about to be written. Returns those that may be: not expired, unwanted by now, settled by a receipt,
 * claimed by somebody else, or to a stranger when WhatsApp has just begun to limit those.
 */
export async function noteWritten(
  tx: Transaction,
  by: { readonly live: LiveSession; readonly pacer: Pacer; readonly at: Date },
  claimed: readonly ClaimedMessage[],
): Promise<ReadonlySet<string>> {
  const { live, pacer, at } = by;
  const strangers = claimed.filter(({ stranger }) => stranger);
  const limited = strangers.length > 0 ? await pacer.limitedNewChats(tx, live, strangers, at) : strangers;
  const tries = claimed
    .filter((each) => !limited.includes(each))
    .map(({ message, attempt }) => ({ messageId: message.id, number: attempt }));
  if (tries.length === 0) return new Set();
  const allowed = await markTriesWritten(tx, tries, live.epoch, at);
  for (const { message, firstContact } of claimed) {
    if (firstContact && allowed.has(message.id)) await noteReachOut(tx, message.conversationId, at);
  }
  return allowed;
}

/**
 * That a claimed message is about to be written. Noted in the transaction that stores what its ciphertext used up: whatever dies afterwards, nobody
 * takes the message for unwritten, and no key is used for it that is still there for another.
 */
export class WriteIntent {
  readonly #claimed: ClaimedMessage;
  readonly #by: { readonly live: LiveSession; readonly pacer: Pacer };
  #isAllowed: boolean | null = null;

  constructor(claimed: ClaimedMessage, by: { readonly live: LiveSession; readonly pacer: Pacer }) {
    this.#claimed = claimed;
    this.#by = by;
  }

  /** Whether it may be written; null: nothing is durable yet. */
  get isAllowed(): boolean | null {
    return this.#isAllowed;
  }

  /** All of one session. */
  static async noteAll(tx: Transaction, intents: readonly WriteIntent[], at: Date): Promise<void> {
    const [first] = intents;
    if (first === undefined) return;
    const messages = intents.map((intent) => intent.#claimed);
    const allowed = await noteWritten(tx, { ...first.#by, at }, messages);
    tx.afterCommit(() => {
      for (const intent of intents) intent.#isAllowed = allowed.has(intent.#claimed.message.id);
    });
  }
}
