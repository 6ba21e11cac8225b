import type { Context } from '../../../kernel/context.js';
import { invalidInput } from '../../../kernel/errors.js';
import type { Assignment, ConversationReader, ConversationService } from '../../messaging/index.js';

const AT_ONCE = 200;
const PATHS = { assigneeId: 'input.toUserId', teamId: 'input.toTeamId' };

/** Takes conversations from somebody. Conversation, history and number stay; only who looks after it changes. */
export class HandoverService {
  readonly #conversations: ConversationService;
  readonly #reader: ConversationReader;

  constructor(options: { readonly conversations: ConversationService; readonly reader: ConversationReader }) {
    this.#conversations = options.conversations;
    this.#reader = options.reader;
  }

  /** Some of them, those with the latest messages first; `hasMore` says whether to go on. */
  async handOver(
    ctx: Context,
    {
      subaccountId,
      from,
      to,
    }: { readonly subaccountId: string; readonly from: string; readonly to: Assignment },
  ): Promise<{ readonly count: number; readonly hasMore: boolean }> {
    if (to.assigneeId === from) {
      throw invalidInput([{ path: 'input.toUserId', message: 'must be somebody else' }]);
    }
    await this.#conversations.assertAssignable(ctx, subaccountId, to, PATHS);
    const ids = await this.#idsOf(ctx, subaccountId, from);
    for (const id of ids) await this.#conversations.takeFrom(ctx, id, from, to);
    return { count: ids.length, hasMore: ids.length === AT_ONCE };
  }

  /** All that somebody had who left. Returns the ids of the conversations. */
  async release(ctx: Context, subaccountId: string, userId: string, signal: AbortSignal): Promise<string[]> {
    const released: string[] = [];
    for (let ids: string[]; (ids = await this.#idsOf(ctx, subaccountId, userId)).length > 0;) {
      for (const id of ids) {
        signal.throwIfAborted();
        await this.#conversations.takeFrom(ctx, id, userId, { assigneeId: null });
      }
      released.push(...ids);
    }
    await this.#conversations.forgetReader(ctx, subaccountId, userId);
    return released;
  }

  async #idsOf(ctx: Context, subaccountId: string, userId: string): Promise<string[]> {
    return this.#reader.listIdsOf(ctx, { subaccountId, assigneeId: userId }, AT_ONCE);
  }
}
