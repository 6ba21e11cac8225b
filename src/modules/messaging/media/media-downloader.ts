import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { LockMode } from '@mikro-orm/core';
import type { Clock } from '../../../kernel/clock.js';
import { AppError } from '../../../kernel/errors.js';
import type { Database } from '../../../platform/database/database.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { MAX_MEDIA_BYTES } from '../../../platform/media/media-limits.js';
import type { MediaStore } from '../../../platform/media/media-store.js';
import type { DeviceKeys, LiveSession } from '../../device/index.js';
import { contentPlace } from '../message/message.content.js';
import { Message } from '../message/message.entity.js';
import { messageUpdated } from '../messaging.events.js';
import { Media } from './media.entity.js';
import { isPermanent, MAX_MEDIA_ATTEMPTS, retryDelayMs, storageKeyOf } from './media.policy.js';

/** When somebody else may begin, should this process die. */
const CLAIM_MS = 5 * 60_000;

interface Order {
  readonly message: Message;
  readonly content: Uint8Array;
  readonly mimeType: string;
  readonly attempt: number;
}

/** Downloads the files of received messages through the live session of their device, one after another. */
export class MediaDownloader {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #keys: DeviceKeys;
  readonly #store: MediaStore;
  readonly #tempDir: string;

  constructor(options: {
    readonly database: Database;
    readonly clock: Clock;
    readonly deviceKeys: DeviceKeys;
    readonly store: MediaStore;
    readonly tempDir: string;
  }) {
    this.#database = options.database;
    this.#clock = options.clock;
    this.#keys = options.deviceKeys;
    this.#store = options.store;
    this.#tempDir = options.tempDir;
  }

  /** Downloads what is due of the session's device. */
  async downloadDue(live: LiveSession): Promise<void> {
    while (!live.signal.aborted && live.session.isOpen) {
      const order = await this.#begin(live);
      if (order === null) return;
      await this.#download(live, order);
    }
  }

  async #begin(live: LiveSession): Promise<Order | null> {
    return this.#write(live, async (tx) => {
      const now = this.#clock.now();
      const media = await tx.em.findOne(
        Media,
        { deviceId: live.device.id, sourceUrl: null, state: 'PENDING', dueAt: { $lte: now } },
        { orderBy: { dueAt: 'asc' }, lockMode: LockMode.PESSIMISTIC_PARTIAL_WRITE },
      );
      if (media === null) return null;
      media.begin(new Date(now.getTime() + CLAIM_MS));
      const message = await tx.em.findOneOrFail(Message, { id: media.messageId }, { populate: ['content'] });
      const key = await this.#keys.dataKeyIn(tx, message.deviceId);
      const sealed = message.content;
      if (!(sealed instanceof Uint8Array)) throw new Error('a message with a file has no content');
      const content = key.open(sealed, contentPlace(message.id));
      return { message, content, mimeType: media.mimeType ?? '', attempt: media.attemptCount };
    });
  }

  async #download(live: LiveSession, order: Order): Promise<void> {
    const file = path.join(this.#tempDir, `download-${randomUUID()}`);
    const storageKey = storageKeyOf(order.message);
    await mkdir(this.#tempDir, { recursive: true, mode: 0o700 });
    try {
      await live.session.downloadMedia(order.content, file, { maxBytes: MAX_MEDIA_BYTES.DOCUMENT });
      const stored = await this.#store.put(storageKey, { file });
      await this.#finish(live, order, (media) =>
        media.store({ ...stored, storageKey, mimeType: order.mimeType }),
      );
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      await this.#recordFailure(live, order, error);
    } finally {
      await rm(file, { force: true });
    }
  }

  async #recordFailure(live: LiveSession, order: Order, error: AppError): Promise<void> {
    const next = new Date(this.#clock.now().getTime() + retryDelayMs(order.attempt));
    await this.#finish(live, order, (media) => {
      if (!live.session.isOpen) {
        // Not the file's fault; the next session begins at once.
        media.attemptCount -= 1;
        media.postpone(this.#clock.now(), error.reason);
      } else if (!isPermanent(error) && order.attempt < MAX_MEDIA_ATTEMPTS) {
        media.postpone(next, error.reason);
      } else media.fail(`${error.reason}: ${error.message}`);
    });
  }

  /** Changes the row, unless the author deleted the message meanwhile, and tells when the outcome is final. */
  async #finish(live: LiveSession, { message }: Order, change: (media: Media) => void): Promise<void> {
    await this.#write(live, async (tx) => {
      const media = await tx.em.findOne(
        Media,
        { messageId: message.id },
        { lockMode: LockMode.PESSIMISTIC_WRITE },
      );
      if (media === null) {
        tx.afterCommit(() => this.#store.delete(storageKeyOf(message)));
        return;
      }
      change(media);
      if (media.state === 'PENDING') return;
      tx.append(messageUpdated(message, media.state === 'AVAILABLE' ? 'MEDIA_AVAILABLE' : 'MEDIA_FAILED'));
    });
  }

  async #write<T>(live: LiveSession, work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.#database.write(live.ctx, async (tx) => {
      await live.assertOwned(tx);
      return work(tx);
    });
  }
}
