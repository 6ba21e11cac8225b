import type { Clock } from '../../../kernel/clock.js';
import { Context } from '../../../kernel/context.js';
import { asSystem } from '../../../kernel/system-context.js';
import type { Database } from '../../../platform/database/database.js';
import { conversationWorked } from './conversation.events.js';
import { findLockedConversation } from './conversation.queries.js';

const AT_ONCE = 500;

/** Opens snoozed conversations when their time has come. A message that comes earlier opens them itself. */
export class ConversationWaker {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(options: { readonly database: Database; readonly clock: Clock }) {
    this.#database = options.database;
    this.#clock = options.clock;
  }

  async wakeDue(signal?: AbortSignal): Promise<void> {
    const now = this.#clock.now();
    const system = asSystem('find snoozed conversations whose time has come');
    const due = await this.#database.callFunction(system, 'list_snoozed_conversations', [now, AT_ONCE]);
    for (const { id, agencyId, subaccountId } of due) {
      if (signal?.aborted === true) return;
      await this.#wake(Context.forJob('conversations.wake_due', { agencyId, subaccountId }), id, now);
    }
  }

  /** Unless somebody else did, or put it off again, or it became part of another one. */
  async #wake(ctx: Context, id: string, now: Date): Promise<void> {
    await this.#database.write(ctx, async (tx) => {
      const conversation = await findLockedConversation(tx.em, id);
      if (conversation?.snoozedUntil == null || conversation.snoozedUntil > now) return;
      const { status, assigneeId } = conversation;
      const changed = conversation.work({ status: 'OPEN' });
      tx.append(conversationWorked(conversation, changed, { status, assigneeId }));
    });
  }
}
