import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Database } from '../../../platform/database/database.js';
import type { MediaStore } from '../../../platform/media/media-store.js';
import type { ContentCodec } from '../../../whatsapp/index.js';
import type { DeviceKeys, LiveSession } from '../../device/index.js';
import type { Message } from '../message/message.entity.js';
import { brandedText } from '../message/message.content.js';
import { isMediaType } from '../message/message.kind.js';
import { findQuoted } from '../message/message.quote.js';
import { Media } from './media.entity.js';

/** Brings the fetched file of an outgoing message to WhatsApp's media servers. */
export class MediaUploader {
  readonly #database: Database;
  readonly #store: MediaStore;
  readonly #tempDir: string;
  readonly #keys: DeviceKeys;
  readonly #codec: ContentCodec;

  constructor(options: {
    readonly deviceKeys: DeviceKeys;
    readonly codec: ContentCodec;
    readonly database: Database;
    readonly store: MediaStore;
    /** For the copy that is uploaded, when the store is not a local folder. */
    readonly tempDir: string;
  }) {
    this.#database = options.database;
    this.#store = options.store;
    this.#tempDir = options.tempDir;
    this.#keys = options.deviceKeys;
    this.#codec = options.codec;
  }

  /** Resolves with the content to send. Rejects with an AppError of the store or of WhatsApp. */
  async upload(live: LiveSession, message: Message): Promise<Uint8Array> {
    const media = await this.#database.read(live.ctx, (em) =>
      em.findOneOrFail(Media, { messageId: message.id }),
    );
    if (media.storageKey == null || media.mimeType == null || !isMediaType(message.kind)) {
      throw new Error('the file of a claimed message is not there');
    }
    const copy = path.join(this.#tempDir, `upload-${randomUUID()}`);
    await mkdir(this.#tempDir, { recursive: true, mode: 0o700 });
    try {
      await pipeline(await this.#store.open(media.storageKey), createWriteStream(copy, { mode: 0o600 }));
      const content = await live.session.uploadMedia({
        type: message.kind,
        path: copy,
        mimeType: media.mimeType,
        fileName: media.fileName ?? null,
        // WhatsApp shows no caption of audio.
        caption: message.kind === 'AUDIO' ? null : brandedText(message),
      });
      return await this.#answering(live, message, content);
    } finally {
      await rm(copy, { force: true });
    }
  }

  async #answering(live: LiveSession, message: Message, content: Uint8Array): Promise<Uint8Array> {
    if (message.replyToId == null) return content;
    const key = await this.#keys.dataKey(live.ctx, message.deviceId);
    const quoted = await this.#database.read(live.ctx, (em) => findQuoted(em, key, message));
    return quoted === null ? content : this.#codec.withQuote(content, quoted);
  }
}
