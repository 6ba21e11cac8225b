import { LockMode } from '@mikro-orm/core';
import type { Clock } from '../../../kernel/clock.js';
import type { Context } from '../../../kernel/context.js';
import { kernelErrors } from '../../../kernel/errors.js';
import { requestHash } from '../../../platform/crypto/request-hash.js';
import type { Database } from '../../../platform/database/database.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { claimIdempotency } from '../../../platform/idempotency/idempotency.js';
import type { OutboundHttp } from '../../../platform/outbound/outbound-http.js';
import { findSendingDevice, getSendingDevice } from '../../device/index.js';
import type { DeviceWaker, SendingDevice } from '../../device/index.js';
import { Media } from '../media/media.entity.js';
import type { MediaFetchQueue } from '../media/media-fetch.queue.js';
import { messagingErrors } from '../messaging.errors.js';
import { assertTakesMessage, takesMessageNow } from '../outbound/send.policy.js';
import { findDestination, findRoute, findTarget } from '../routing/send-target.js';
import type { Destination, Route, SendTarget } from '../routing/send-target.js';
import type { WhenOffline } from '../outbound/send.policy.js';
import { Message } from './message.entity.js';
import { assertSchedulable, expiryOf, parseSendMessage } from './message.input.js';
import type { MessageDraft, SendMessageRequest } from './message.input.js';
import { isMediaType } from './message.kind.js';
import { priorityOf } from './message.priority.js';
import { recordMove } from './message.transition.js';
import type { MessageWriter, OutboundDraft, OutboundMedium } from './message.writer.js';

export interface AcceptedMessage {
  readonly message: Message;
  /** True when the idempotency key had been used with the same input: this is the message of then. */
  readonly replayed: boolean;
}

/** Takes messages to send. Accepting is one transaction; sending is the drain's. */
export class MessageService {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #writer: MessageWriter;
  readonly #outboundHttp: Pick<OutboundHttp, 'assertUrlAllowed'>;
  readonly #waker: Pick<DeviceWaker, 'wake'>;
  readonly #mediaQueue: MediaFetchQueue;

  constructor(options: {
    readonly database: Database;
    readonly clock: Clock;
    readonly writer: MessageWriter;
    readonly outboundHttp: Pick<OutboundHttp, 'assertUrlAllowed'>;
    readonly waker: Pick<DeviceWaker, 'wake'>;
    readonly mediaQueue: MediaFetchQueue;
  }) {
    this.#database = options.database;
    this.#clock = options.clock;
    this.#writer = options.writer;
    this.#outboundHttp = options.outboundHttp;
    this.#waker = options.waker;
    this.#mediaQueue = options.mediaQueue;
  }

  /** The message is in the outbox when this resolves; it leaves when its device's drain gets to it. */
  async accept(ctx: Context, request: SendMessageRequest): Promise<AcceptedMessage> {
    const draft = parseSendMessage(request);
    if (draft.media !== null) this.#outboundHttp.assertUrlAllowed(draft.media.url, 'input.media.url');
    const usual = usualOf(draft);
    const message =
      usual === null ? null : await this.#database.share(ctx, (tx) => this.#takeUsual(tx, usual, draft));
    if (message !== null) return { message, replayed: false };
    return this.#database.write(ctx, (tx) => this.#take(tx, draft), { keepsPlans: true });
  }

  /** null, with nothing done: it takes more than that, or is refused. Whoever shares the transaction must not pay for it. */
  async #takeUsual(
    tx: Transaction,
    { deviceId, to }: UsualMessage,
    draft: MessageDraft,
  ): Promise<Message | null> {
    const device = await findSendingDevice(tx, deviceId);
    if (device === null || !takesMessageNow(device.status, draft.whenOffline)) return null;
    const outbound = outboundOf(draft, { address: to, contact: null }, { device, rule: 'EXPLICIT' }, null);
    const message = await this.#writer.writeToKnown(tx, device, outbound);
    if (message !== null) tx.afterCommit(() => this.#waker.wake(device, 'device.drain'));
    return message;
  }

  async #take(tx: Transaction, draft: MessageDraft): Promise<AcceptedMessage> {
    const target = await findTarget(tx, draft);
    const claim = await claimOnce(tx, target, draft);
    if (claim?.kind === 'replay') {
      return { message: await getMessage(tx, claim.resourceId), replayed: true };
    }
    const destination = await findDestination(tx, target, draft);
    const route = await findRoute(tx, target, draft, destination);
    const now = this.#clock.now();
    assertSchedulable(draft, now);
    const outbound = outboundOf(draft, destination, route, expiryOf(draft, now));
    const message = await this.#write(tx, route.device, outbound);
    if (claim !== null) await claim.record(message.id);
    return { message, replayed: false };
  }

  /** Throws MESSAGE_NOT_CANCELABLE once a drain has it. */
  async cancel(ctx: Context, messageId: string): Promise<Message> {
    return this.#database.write(ctx, async (tx) => {
      const message = await lockMessage(tx, messageId);
      if (!message.isCancelable) throw notAllowed(message, messagingErrors.MESSAGE_NOT_CANCELABLE);
      const previous = message.status;
      message.cancel();
      await recordMove(tx, message, previous);
      return message;
    });
  }

  /** Sends the same content as a new message, when nobody can have received the first one. */
  async retry(ctx: Context, messageId: string, whenOffline: WhenOffline = 'QUEUE'): Promise<Message> {
    return this.#database.write(ctx, async (tx) => {
      const original = await lockMessage(tx, messageId);
      if (!original.isRetryable || original.recipient == null) {
        throw notAllowed(original, messagingErrors.MESSAGE_NOT_RETRYABLE);
      }
      const device = await getSendingDevice(tx, original.deviceId);
      assertTakesMessage(device.status, whenOffline, device.suspendedBy);
      const medium = await tx.em.findOne(Media, { messageId });
      return this.#write(tx, device, {
        to: original.recipient,
        text: original.text ?? null,
        media: medium === null ? null : sourceOf(original, medium),
        expiresAt: null,
        retryOf: original.id,
        replyToId: original.replyToId ?? null,
        routingRule: original.routingRule ?? 'EXPLICIT',
        origin: 'PERSON',
        delivery: {
          priority: priorityOf(original.priority),
          scheduledAt: null,
          retryIntervalSeconds: original.retryIntervalSeconds ?? null,
          maxAttempts: original.maxAttempts ?? null,
        },
      });
    });
  }

  async #write(tx: Transaction, device: SendingDevice, draft: OutboundDraft): Promise<Message> {
    const message = await this.#writer.write(tx, device, draft);
    const { agencyId, subaccountId, id: deviceId } = device;
    tx.afterCommit(() =>
      draft.media === null
        ? this.#waker.wake(device, 'device.drain')
        : this.#mediaQueue.add({ agencyId, subaccountId, deviceId, messageId: message.id }),
    );
    return message;
  }
}

/** What most callers ask for: a text, at once, from this device to that number. */
interface UsualMessage {
  readonly deviceId: string;
  readonly to: string;
}

/** A key is not usual: equal requests in one transaction would not wait for each other. */
function usualOf({ target, recipient, ...draft }: MessageDraft): UsualMessage | null {
  const { media, replyToId, idempotencyKey, scheduledAt, expiry } = draft;
  const more = [media, replyToId, idempotencyKey, scheduledAt, expiry];
  if (!('deviceId' in target) || !('to' in recipient) || more.some((each) => each !== null)) return null;
  return { deviceId: target.deviceId, to: recipient.to };
}

async function claimOnce(tx: Transaction, { agencyId, subaccountId }: SendTarget, draft: MessageDraft) {
  if (draft.idempotencyKey === null) return null;
  const { idempotencyKey, target, recipient, replyToId, ...meaning } = draft;
  return claimIdempotency(tx, {
    scopeId: subaccountId,
    agencyId,
    subaccountId,
    key: idempotencyKey,
    operation: 'sendMessage',
    // Its origin is nothing that a caller says.
    requestHash: requestHash({
      ...meaning,
      ...target,
      ...recipient,
      ...(replyToId !== null && { replyToId }),
      origin: undefined,
    }),
  });
}

function outboundOf(
  draft: MessageDraft,
  { address: to }: Destination,
  { rule }: Route,
  expiresAt: Date | null,
): OutboundDraft {
  const { text, media, origin, replyToId } = draft;
  const { priority, scheduledAt, retryIntervalSeconds, maxAttempts } = draft;
  return {
    to,
    text,
    media: media === null ? null : { sourceUrl: media.url, type: media.type, fileName: media.fileName },
    expiresAt,
    retryOf: null,
    replyToId,
    routingRule: rule,
    origin,
    delivery: { priority, scheduledAt, retryIntervalSeconds, maxAttempts },
  };
}

function sourceOf(message: Message, medium: Media): OutboundMedium {
  const type = isMediaType(message.kind) ? message.kind : null;
  return { sourceUrl: medium.sourceUrl ?? '', type, fileName: medium.fileName ?? null };
}

async function getMessage(tx: Transaction, id: string): Promise<Message> {
  const message = await tx.em.findOne(Message, { id });
  if (message === null) throw kernelErrors.NOT_FOUND();
  return message;
}

async function lockMessage(tx: Transaction, id: string): Promise<Message> {
  const message = await tx.em.findOne(Message, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (message === null) throw kernelErrors.NOT_FOUND();
  return message;
}

function notAllowed(message: Message, reason: typeof messagingErrors.MESSAGE_NOT_CANCELABLE) {
  return reason({ data: { status: message.status } });
}
