import type { Clock } from '../../../kernel/clock.js';
import { Context } from '../../../kernel/context.js';
import { asSystem } from '../../../kernel/system-context.js';
import type { Database } from '../../../platform/database/database.js';
import type { DeviceWaker } from '../../device/index.js';
import type { MediaStore } from '../../../platform/media/media-store.js';
import { Message } from '../message/message.entity.js';
import { Media } from './media.entity.js';
import type { MediaFetchQueue } from './media-fetch.queue.js';

const FILES_AT_ONCE = 500;

/** Finds files whose time has come and whose hint was lost or whose worker died, over all tenants. */
export class MediaSweepService {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #store: MediaStore;
  readonly #queue: MediaFetchQueue;
  readonly #waker: Pick<DeviceWaker, 'wake'>;

  constructor(options: {
    readonly database: Database;
    readonly clock: Clock;
    readonly store: MediaStore;
    readonly queue: MediaFetchQueue;
    readonly waker: Pick<DeviceWaker, 'wake'>;
  }) {
    this.#database = options.database;
    this.#clock = options.clock;
    this.#store = options.store;
    this.#queue = options.queue;
    this.#waker = options.waker;
  }

  /** The file of a message that was deleted for everybody. Its row goes last: until then the file is found again. */
  async #erase(ctx: Context, messageId: string): Promise<void> {
    const media = await this.#database.read(ctx, (em) => em.findOne(Media, { messageId }));
    if (media?.storageKey != null) await this.#store.delete(media.storageKey);
    await this.#database.write(ctx, async (tx) => {
      await tx.em.nativeDelete(Media, { messageId });
    });
  }

  async sweep(signal?: AbortSignal): Promise<void> {
    const due = await this.#database.callFunction(asSystem('find files that are due'), 'list_due_media', [
      this.#clock.now(),
      FILES_AT_ONCE,
    ]);
    for (const { id: messageId, agencyId, subaccountId } of due) {
      if (signal?.aborted === true) return;
      const ctx = Context.forJob('media.wake_due', { agencyId, subaccountId });
      const message = await this.#database.read(ctx, (em) => em.findOne(Message, { id: messageId }));
      if (message === null) continue;
      if (message.deletedAt != null) {
        await this.#erase(ctx, messageId);
        continue;
      }
      const { deviceId, shard, direction } = message;
      const ours = direction === 'OUTBOUND' && message.attemptCount === 0 && message.status === 'PENDING';
      if (ours) await this.#queue.add({ agencyId, subaccountId, deviceId, messageId });
      else this.#waker.wake({ id: deviceId, shard, agencyId, subaccountId }, 'device.download');
    }
  }
}
