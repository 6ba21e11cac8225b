import type { Clock } from '../../../kernel/clock.js';
import type { Context } from '../../../kernel/context.js';
import { AppError } from '../../../kernel/errors.js';
import { render } from '../../../kernel/template.js';
import type { Database } from '../../../platform/database/database.js';
import { Conversation, findConversationVariables } from '../../messaging/index.js';
import type { MessageService } from '../../messaging/index.js';
import { AwayReply } from './away-reply.entity.js';

/** Who is told later than this wonders more than they learn. */
const FRESH_MS = 10 * 60_000;
const EXPIRES_SECONDS = 15 * 60;

/** Somebody wrote while nobody was there. */
export interface MissedMessage {
  readonly conversationId: string;
  /** Which absence. */
  readonly backAt: string;
  readonly at: Date;
}

/** Tells people once in each absence that nobody is there. */
export class AwayReplier {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #messages: Pick<MessageService, 'accept'>;

  constructor(options: {
    readonly database: Database;
    readonly clock: Clock;
    readonly messages: Pick<MessageService, 'accept'>;
  }) {
    this.#database = options.database;
    this.#clock = options.clock;
    this.#messages = options.messages;
  }

  /**
   * The message is accepted first and then noted: a process that ends between the two accepts it again under the same key, which
   * changes nothing.
   */
  async reply(ctx: Context, missed: MissedMessage, template: string): Promise<void> {
    if (this.#clock.now().getTime() - missed.at.getTime() > FRESH_MS) return;
    const conversation = await this.#findUntold(ctx, missed);
    if (conversation?.contactId == null) return;
    const { deviceId, contactId } = conversation;
    const text = await this.#render(ctx, conversation, template);
    const messageId = await this.#send(ctx, missed, { deviceId, contactId, text });
    await this.#note(ctx, conversation, missed.backAt, messageId);
  }

  /** null: a group, or somebody who was told already. */
  #findUntold(ctx: Context, { conversationId, backAt }: MissedMessage): Promise<Conversation | null> {
    return this.#database.read(ctx, async (em) => {
      const isTold = (await em.count(AwayReply, { conversationId, backAt })) > 0;
      return isTold ? null : em.findOne(Conversation, { id: conversationId, kind: 'DIRECT' });
    });
  }

  async #render(ctx: Context, { id, subaccountId }: Conversation, template: string): Promise<string> {
    const values = await this.#database.read(ctx, (em) =>
      findConversationVariables(em, ctx, { subaccountId, text: template }, id),
    );
    return render(template, values).text;
  }

  /** null: it cannot be sent, and trying again would not help. */
  async #send(
    ctx: Context,
    { conversationId, backAt }: MissedMessage,
    message: { readonly deviceId: string; readonly contactId: string; readonly text: string },
  ): Promise<string | null> {
    try {
      const accepted = await this.#messages.accept(ctx, {
        ...message,
        origin: 'AUTOMATION',
        expiresInSeconds: EXPIRES_SECONDS,
        idempotencyKey: `away ${conversationId} ${backAt}`,
      });
      return accepted.message.id;
    } catch (error) {
      // Opted out, blocked, no quota left, not paired any more: the person waits as without an away message.
      if (error instanceof AppError && error.kind !== 'UNAVAILABLE') return null;
      throw error;
    }
  }

  async #note(
    ctx: Context,
    conversation: Conversation,
    backAt: string,
    messageId: string | null,
  ): Promise<void> {
    const { id: conversationId, agencyId, subaccountId, deviceId } = conversation;
    const repliedAt = this.#clock.now();
    await this.#database.write(ctx, (tx) =>
      tx.em.upsert(AwayReply, {
        conversationId,
        agencyId,
        subaccountId,
        deviceId,
        backAt,
        messageId,
        repliedAt,
      }),
    );
  }
}
