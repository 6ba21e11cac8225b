import { LockMode } from '@mikro-orm/core';
import type { Clock } from '../../../kernel/clock.js';
import type { Context } from '../../../kernel/context.js';
import { AppError } from '../../../kernel/errors.js';
import type { Database } from '../../../platform/database/database.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { isAcceptedAs, MAX_MEDIA_BYTES, mediaKindOf } from '../../../platform/media/media-limits.js';
import type { MediaStore } from '../../../platform/media/media-store.js';
import type { FetchedFile, OutboundHttp } from '../../../platform/outbound/outbound-http.js';
import type { DeviceWaker } from '../../device/index.js';
import { Message } from '../message/message.entity.js';
import { isMediaType } from '../message/message.kind.js';
import type { MediaType } from '../message/message.kind.js';
import { recordMove } from '../message/message.transition.js';
import { messageUpdated } from '../messaging.events.js';
import { Media } from './media.entity.js';
import type { StoredFile } from './media.entity.js';
import { isPermanent, MAX_MEDIA_ATTEMPTS, retryDelayMs, storageKeyOf } from './media.policy.js';

const FETCH_TIMEOUT_MS = 120_000;
/** When another worker may begin, should this one die. */
const CLAIM_MS = 2 * FETCH_TIMEOUT_MS;

interface Order {
  readonly url: string;
  /** null: as its content type says. */
  readonly type: MediaType | null;
  readonly hasCaption: boolean;
  readonly storageKey: string;
  readonly attempt: number;
}

/** Fetches the files of outgoing messages, so that a drain never waits for somebody's web server. */
export class MediaFetchService {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #http: Pick<OutboundHttp, 'fetchToFile'>;
  readonly #store: MediaStore;
  readonly #waker: Pick<DeviceWaker, 'wake'>;

  constructor(options: {
    readonly database: Database;
    readonly clock: Clock;
    readonly outboundHttp: Pick<OutboundHttp, 'fetchToFile'>;
    readonly store: MediaStore;
    readonly waker: Pick<DeviceWaker, 'wake'>;
  }) {
    this.#database = options.database;
    this.#clock = options.clock;
    this.#http = options.outboundHttp;
    this.#store = options.store;
    this.#waker = options.waker;
  }

  /** Does nothing when the file is not due: fetched already, being fetched, or no longer wanted. */
  async fetch(ctx: Context, messageId: string, signal: AbortSignal): Promise<void> {
    const order = await this.#begin(ctx, messageId);
    if (order === null) return;
    try {
      const file = await this.#http.fetchToFile(order.url, {
        maxBytes: MAX_MEDIA_BYTES[order.type ?? 'DOCUMENT'],
        timeoutMs: FETCH_TIMEOUT_MS,
        accept: (contentType) => order.type === null || isAcceptedAs(order.type, contentType),
        signal,
      });
      const stored = await this.#store.put(order.storageKey, { file: file.path });
      await this.#finish(ctx, messageId, kindOf(order, file), {
        ...stored,
        storageKey: order.storageKey,
        mimeType: file.contentType,
      });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      await this.#recordFailure(ctx, messageId, order.attempt, error);
    }
  }

  async #begin(ctx: Context, messageId: string): Promise<Order | null> {
    return this.#database.write(ctx, async (tx) => {
      const now = this.#clock.now();
      const { media, message } = await lock(tx, messageId);
      if (media?.sourceUrl == null || media.dueAt == null || media.dueAt > now) return null;
      if (message?.isWaiting !== true) {
        media.fail('the message ended before its file was fetched');
        return null;
      }
      media.begin(new Date(now.getTime() + CLAIM_MS));
      return {
        url: media.sourceUrl,
        type: media.type !== 'ANY' && isMediaType(media.type) ? media.type : null,
        hasCaption: message.text != null,
        storageKey: storageKeyOf(message),
        attempt: media.attemptCount,
      };
    });
  }

  async #finish(ctx: Context, messageId: string, kind: MediaType, file: StoredFile): Promise<void> {
    await this.#database.write(ctx, async (tx) => {
      const { media, message } = await lock(tx, messageId);
      if (media === null || message === null || media.state !== 'PENDING') return;
      media.store(file);
      if (!message.isWaiting) return;
      media.type = kind;
      message.kind = kind;
      message.dueAt = message.notBefore(this.#clock.now());
      tx.append(messageUpdated(message, 'MEDIA_AVAILABLE'));
      const { agencyId, subaccountId, deviceId: id, shard } = message;
      tx.afterCommit(() => this.#waker.wake({ id, agencyId, subaccountId, shard }, 'device.drain'));
    });
  }

  async #recordFailure(ctx: Context, messageId: string, attempt: number, error: AppError): Promise<void> {
    await this.#database.write(ctx, async (tx) => {
      const { media, message } = await lock(tx, messageId);
      if (media === null || message === null || media.state !== 'PENDING') return;
      const detail = `${error.reason}: ${error.message}`;
      if (!isPermanent(error) && attempt < MAX_MEDIA_ATTEMPTS) {
        media.postpone(new Date(this.#clock.now().getTime() + retryDelayMs(attempt)), detail);
        return;
      }
      media.fail(detail);
      if (!message.isWaiting) return;
      const previous = message.status;
      message.fail('MEDIA_FETCH_FAILED', detail);
      await recordMove(tx, message, previous);
    });
  }
}

/** What nobody named is sent as what it is; what would not go through that way goes as a document. */
function kindOf({ type, hasCaption }: Order, file: FetchedFile): MediaType {
  if (type !== null) return type;
  const kind = mediaKindOf(file.contentType);
  const fits = file.sizeBytes <= MAX_MEDIA_BYTES[kind] && !(kind === 'AUDIO' && hasCaption);
  return fits ? kind : 'DOCUMENT';
}

/** Message first, like everybody who locks both. */
async function lock(tx: Transaction, messageId: string) {
  const lockMode = LockMode.PESSIMISTIC_WRITE;
  const message = await tx.em.findOne(Message, { id: messageId }, { lockMode });
  const media = await tx.em.findOne(Media, { messageId }, { lockMode });
  return { message, media };
}
