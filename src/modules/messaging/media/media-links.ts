import type { Readable } from 'node:stream';
import type { Clock } from '../../../kernel/clock.js';
import { Context } from '../../../kernel/context.js';
import { kernelErrors } from '../../../kernel/errors.js';
import type { PathSigner } from '../../../platform/crypto/path-signer.js';
import type { Database } from '../../../platform/database/database.js';
import type { MediaStore } from '../../../platform/media/media-store.js';
import { Media } from './media.entity.js';

const LIFETIME_MS = 60 * 60_000;
const PATH = /^\/media\/([0-9a-f-]{36})\/([0-9a-f-]{36})\/([0-9a-f-]{36})$/;

export interface OpenedMedia {
  readonly stream: Readable;
  readonly mimeType: string;
  readonly sizeBytes: number;
  readonly fileName: string | null;
}

/** Links to files that work without a token until they expire: whoever may read the message may pass them on to a browser. */
export class MediaLinks {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #store: MediaStore;
  readonly #signer: PathSigner;
  readonly #publicUrl: () => string;

  constructor(options: {
    readonly database: Database;
    readonly clock: Clock;
    readonly store: MediaStore;
    readonly signer: PathSigner;
    /** Where this server is reached from outside, without a slash at the end. Asked late: the port may be chosen at the start. */
    readonly publicUrl: () => string;
  }) {
    this.#database = options.database;
    this.#clock = options.clock;
    this.#store = options.store;
    this.#signer = options.signer;
    this.#publicUrl = options.publicUrl;
  }

  /** null while the file is not here. */
  urlOf(media: Media): string | null {
    if (media.state !== 'AVAILABLE') return null;
    const path = `/media/${media.agencyId}/${media.subaccountId}/${media.messageId}`;
    const expiresAt = new Date(this.#clock.now().getTime() + LIFETIME_MS);
    return `${this.#publicUrl()}${this.#signer.signPath(path, expiresAt)}`;
  }

  /** Opens what a link points at, path and query of it given. Throws NOT_FOUND for a link that is not ours, was changed or has expired. */
  async open(signedPath: string): Promise<OpenedMedia> {
    const path = this.#signer.verifySignedPath(signedPath, this.#clock.now());
    const [, agencyId, subaccountId, messageId] = PATH.exec(path ?? '') ?? [];
    if (agencyId === undefined || subaccountId === undefined || messageId === undefined) {
      throw kernelErrors.NOT_FOUND();
    }
    const ctx = Context.forJob('media.serve', { agencyId, subaccountId });
    const media = await this.#database.read(ctx, (em) =>
      em.findOne(Media, { messageId, state: 'AVAILABLE' }),
    );
    if (media?.storageKey == null) throw kernelErrors.NOT_FOUND();
    return {
      stream: await this.#store.open(media.storageKey),
      mimeType: media.mimeType ?? 'application/octet-stream',
      sizeBytes: media.sizeBytes ?? 0,
      fileName: media.fileName ?? null,
    };
  }
}
