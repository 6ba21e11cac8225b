import type { Context } from '../../../kernel/context.js';
import { AppError } from '../../../kernel/errors.js';
import type { Logger } from '../../../platform/logging/logger.js';
import type { MessageService } from '../../messaging/index.js';
import type { Reply } from '../dialect/telling.js';
import type { WebhookDelivery } from './delivery.entity.js';

/** Sends what a receiver answered with, once for each delivery however often that is made. */
export class Replies {
  readonly #messages: Pick<MessageService, 'accept'>;
  readonly #logger: Logger;

  constructor(options: { readonly messages: Pick<MessageService, 'accept'>; readonly logger: Logger }) {
    this.#messages = options.messages;
    this.#logger = options.logger;
  }

  /** Returns the id of the first message. What cannot be sent is the receiver's mistake and does not undo the delivery. */
  async send(ctx: Context, delivery: WebhookDelivery, replies: readonly Reply[]): Promise<string | null> {
    const { deviceId, replyTo, id } = delivery;
    if (deviceId == null || replyTo == null || delivery.replyMessageId != null) return null;
    let first: string | null = null;
    for (const [index, { text, mediaUrl }] of replies.entries()) {
      const idempotencyKey = `webhook-reply:${id}:${index}`;
      const media = mediaUrl === null ? {} : { media: { url: mediaUrl } };
      try {
        const accepted = await this.#messages.accept(ctx, {
          deviceId,
          to: replyTo,
          text,
          idempotencyKey,
          ...media,
        });
        first ??= accepted.message.id;
      } catch (error) {
        if (!(error instanceof AppError) || error.retryable) throw error;
        this.#logger.info({ deliveryId: id, reason: error.reason }, 'a reply of a webhook was refused');
      }
    }
    return first;
  }
}
