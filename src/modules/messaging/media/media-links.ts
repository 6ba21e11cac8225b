import type { Readable } from 'node:stream';
import type { Clock } from '../../../kernel/clock.js';
import { Context } from '../../../kernel/context.js';
import { kernelErrors } from '../../../kernel/errors.js';
import type { PathSigner } from '../../../platform/crypto/path-signer.js';
import type { Database } from '../../../platform/database/database.js';
import type { MediaStore } from '../../../platform/media/media-store.js';
import { messagingErrors } from '../messaging.errors.js';
import { Media } from './media.entity.js';

const LIFETIME_MS = 60 * 60_000;
const PATH = /^\/media\/([0-9a-f-]{36})\/([0-9a-f-]{36})\/([0-9a-f-]{36})$/;

/** A stored file, not opened yet. */
export interface LinkedMedia {
  readonly mimeType: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly fileName: string | null;
  /** Bytes, both ends included; all without a range. Rejects with NOT_FOUND when the file is gone. */
  open(range?: { readonly start: number; readonly end: number }): Promise<Readable>;
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
    return media.state === 'AVAILABLE' ? this.linkTo(media, LIFETIME_MS) : null;
  }

  /** Also for a file that is still to come: until it is here, the link leads nowhere. */
  linkTo(media: Media, lifetimeMs: number): string {
    const path = `/media/${media.agencyId}/${media.subaccountId}/${media.messageId}`;
    const expiresAt = new Date(this.#clock.now().getTime() + lifetimeMs);
    return `${this.#publicUrl()}${this.#signer.signPath(path, expiresAt)}`;
  }

  /**
   * What a link points at, path and query of it given. Throws MEDIA_LINK_INVALID for a link that is not ours or was changed,
   * MEDIA_LINK_EXPIRED, and NOT_FOUND when the file is gone.
   */
  async find(signedPath: string): Promise<LinkedMedia> {
    const verified = this.#signer.verifySignedPath(signedPath, this.#clock.now());
    if (verified.kind === 'FORGED') throw messagingErrors.MEDIA_LINK_INVALID();
    if (verified.kind === 'EXPIRED') throw messagingErrors.MEDIA_LINK_EXPIRED();
    const [, agencyId, subaccountId, messageId] = PATH.exec(verified.path) ?? [];
    if (agencyId === undefined || subaccountId === undefined || messageId === undefined) {
      throw kernelErrors.NOT_FOUND();
    }
    const ctx = Context.forJob('media.serve', { agencyId, subaccountId });
    const media = await this.#database.read(ctx, (em) =>
      em.findOne(Media, { messageId, state: 'AVAILABLE' }),
    );
    const storageKey = media?.storageKey ?? null;
    if (media === null || storageKey === null) throw kernelErrors.NOT_FOUND();
    return {
      open: (range) => this.#store.open(storageKey, range),
      sha256: media.sha256 ?? storageKey,
      mimeType: media.mimeType ?? 'application/octet-stream',
      sizeBytes: media.sizeBytes ?? 0,
      fileName: media.fileName ?? null,
    };
  }
}
