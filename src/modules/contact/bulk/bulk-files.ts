import { pipeline, Readable } from 'node:stream';
import { stringify } from 'csv-stringify';
import type { Clock } from '../../../kernel/clock.js';
import { Context } from '../../../kernel/context.js';
import { kernelErrors } from '../../../kernel/errors.js';
import type { PathSigner } from '../../../platform/crypto/path-signer.js';
import type { Database } from '../../../platform/database/database.js';
import type { MediaStore } from '../../../platform/media/media-store.js';
import { contactErrors } from '../contact.errors.js';
import type { BulkOperation } from './bulk-operation.entity.js';
import { bulkOperationUpdated } from './bulk-operation.events.js';
import { getOperation, listRowErrors, lockOperation } from './bulk-operation.queries.js';
import type { BulkQueue } from './bulk-operation.queue.js';

/** Some 500,000 rows. */
const MAX_UPLOAD_BYTES = 64 * 1024 * 1024;
const UPLOAD_LIFETIME_MS = 60 * 60_000;
const LINK_LIFETIME_MS = 15 * 60_000;
const ERRORS_AT_ONCE = 1_000;
const UUID = '[0-9a-f-]{36}';
const PATH = new RegExp(`^/bulk/(${UUID})/(${UUID})/(${UUID})/(upload|errors|contacts)$`);

type Purpose = 'upload' | 'errors' | 'contacts';

interface Linked {
  readonly ctx: Context;
  readonly id: string;
}

export interface BulkFile {
  readonly stream: Readable;
  readonly fileName: string;
}

/** Files of operations behind links that work without a token for a while: to upload, and to download what came of it. */
export class BulkFiles {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #store: MediaStore;
  readonly #queue: BulkQueue;
  readonly #signer: PathSigner;
  readonly #publicUrl: () => string;

  constructor(options: {
    readonly database: Database;
    readonly clock: Clock;
    readonly store: MediaStore;
    readonly queue: BulkQueue;
    readonly signer: PathSigner;
    /** Where this server is reached from outside, without a slash at the end. Asked late: the port may be chosen at the start. */
    readonly publicUrl: () => string;
  }) {
    this.#database = options.database;
    this.#clock = options.clock;
    this.#store = options.store;
    this.#queue = options.queue;
    this.#signer = options.signer;
    this.#publicUrl = options.publicUrl;
  }

  uploadUrlOf(operation: BulkOperation): { readonly url: string; readonly expiresAt: Date } {
    return this.#linkTo(operation, 'upload', UPLOAD_LIFETIME_MS);
  }

  /** null: no row failed. */
  errorsUrlOf(operation: BulkOperation): string | null {
    return operation.failedCount === 0 ? null : this.#linkTo(operation, 'errors', LINK_LIFETIME_MS).url;
  }

  /** null: there is none, or not yet. */
  contactsUrlOf(operation: BulkOperation): string | null {
    const isThere = operation.kind === 'CONTACT_EXPORT' && operation.status === 'COMPLETED';
    return isThere ? this.#linkTo(operation, 'contacts', LINK_LIFETIME_MS).url : null;
  }

  /** Throws NOT_FOUND for a link that is not ours, BULK_LINK_EXPIRED, FILE_TOO_LARGE, BULK_FILE_RECEIVED. */
  async upload(signedPath: string, body: Readable): Promise<void> {
    const { ctx, id } = this.#open(signedPath, ['upload']);
    const operation = await this.#database.read(ctx, (em) => getOperation(em, id));
    if (operation.status !== 'AWAITING_FILE') throw contactErrors.BULK_FILE_RECEIVED();
    await this.#store.put(operation.storageKey, { stream: Readable.from(limited(body)) });
    await this.#database.write(ctx, async (tx) => {
      const current = await lockOperation(tx.em, id);
      if (current.status !== 'AWAITING_FILE') throw contactErrors.BULK_FILE_RECEIVED();
      current.receiveFile(this.#clock.now());
      tx.append(bulkOperationUpdated(current));
      tx.afterCommit(() => this.#queue.add(current));
    });
  }

  /** Throws NOT_FOUND for a link that is not ours or whose file is gone, BULK_LINK_EXPIRED. */
  async download(signedPath: string): Promise<BulkFile> {
    const { ctx, id, purpose } = this.#open(signedPath, ['errors', 'contacts']);
    const operation = await this.#database.read(ctx, (em) => getOperation(em, id));
    if (purpose === 'errors') return this.#errors(ctx, operation);
    return { stream: await this.#store.open(operation.storageKey), fileName: 'contacts.csv' };
  }

  #linkTo(
    { agencyId, subaccountId, id }: BulkOperation,
    purpose: Purpose,
    lifetimeMs: number,
  ): { readonly url: string; readonly expiresAt: Date } {
    const expiresAt = new Date(this.#clock.now().getTime() + lifetimeMs);
    const path = this.#signer.signPath(`/bulk/${agencyId}/${subaccountId}/${id}/${purpose}`, expiresAt);
    return { url: `${this.#publicUrl()}${path}`, expiresAt };
  }

  #open(signedPath: string, purposes: readonly Purpose[]): Linked & { readonly purpose: string } {
    const verified = this.#signer.verifySignedPath(signedPath, this.#clock.now());
    if (verified.kind === 'EXPIRED') throw contactErrors.BULK_LINK_EXPIRED();
    const path = verified.kind === 'VALID' ? verified.path : '';
    const [, agencyId = '', subaccountId = '', id = '', purpose = ''] = PATH.exec(path) ?? [];
    if (!purposes.some((each) => each === purpose)) throw kernelErrors.NOT_FOUND();
    return { ctx: Context.forJob(`bulk.${purpose}`, { agencyId, subaccountId }), id, purpose };
  }

  /** The rows as they were in the file, so that they can be mended and sent again. */
  #errors(ctx: Context, { id }: BulkOperation): BulkFile {
    const csv = stringify({ escape_formulas: true });
    pipeline(Readable.from(this.#errorRows(ctx, id)), csv, () => undefined);
    return { stream: csv, fileName: 'errors.csv' };
  }

  async *#errorRows(ctx: Context, id: string): AsyncGenerator<readonly string[], void, undefined> {
    yield ['row', 'error', 'as in the file'];
    for (let after = 0; ;) {
      const place = after;
      const errors = await this.#database.read(ctx, (em) => listRowErrors(em, id, place, ERRORS_AT_ONCE));
      yield* errors.map(({ row, message, record }) => [String(row), message, ...record]);
      const last = errors.at(-1);
      if (last === undefined || errors.length < ERRORS_AT_ONCE) return;
      after = last.row;
    }
  }
}

/** The rest of what is too large is left to the door: a connection that just ends would not say why. */
async function* limited(body: Readable): AsyncGenerator<Buffer, void, undefined> {
  let bytes = 0;
  for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_UPLOAD_BYTES) throw contactErrors.FILE_TOO_LARGE();
    yield chunk;
  }
}
