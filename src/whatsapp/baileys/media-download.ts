import { createDecipheriv, createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { getMediaKeys, type MediaType as LibraryMediaType, type proto } from '@whiskeysockets/baileys';
import { Agent, request } from 'undici';
import { AppError } from '../../kernel/errors.js';
import { whatsappErrors } from '../errors.js';
import { decodeMessage } from './content.js';
import { unwrap } from './mapping.js';

/** An encrypted file ends with the first bytes of its HMAC. */
const MAC_BYTES = 10;
const DOWNLOAD_TIMEOUT_MS = 60_000;

interface DownloadOptions {
  /** Of the decrypted file. */
  readonly maxBytes: number;
  /** `host` or `host:port`: the message names a path only, so a sender cannot direct us to a server of theirs. */
  readonly mediaHost: string;
  readonly mediaCa: string | null;
}

interface Medium {
  readonly type: LibraryMediaType;
  readonly mediaKey: Uint8Array;
  readonly directPath: string;
  readonly fileSha256: Uint8Array | null;
}

/** Downloads, checks and decrypts the medium of a content to a file; returns its size in bytes. Leaves no file behind when it fails. */
export async function downloadMedia(
  content: Uint8Array,
  toPath: string,
  options: DownloadOptions,
): Promise<number> {
  const medium = mediumOf(content);
  const dispatcher = new Agent(options.mediaCa === null ? {} : { connect: { ca: options.mediaCa } });
  try {
    const response = await request(urlOf(medium, options.mediaHost), {
      dispatcher,
      headersTimeout: DOWNLOAD_TIMEOUT_MS,
      bodyTimeout: DOWNLOAD_TIMEOUT_MS,
      headers: { origin: 'https://web.whatsapp.com' },
    });
    if (response.statusCode === 404 || response.statusCode === 410)
      throw whatsappErrors.WHATSAPP_MEDIA_GONE();
    if (response.statusCode !== 200)
      throw new Error(`the media server answered ${String(response.statusCode)}`);
    return await decryptTo(toPath, response.body, medium, options.maxBytes);
  } catch (cause) {
    await rm(toPath, { force: true });
    throw cause instanceof AppError ? cause : whatsappErrors.WHATSAPP_DOWNLOAD_FAILED({ cause });
  } finally {
    await dispatcher.destroy();
  }
}

async function decryptTo(toPath: string, body: Readable, medium: Medium, maxBytes: number): Promise<number> {
  const { iv, cipherKey, macKey } = await getMediaKeys(medium.mediaKey, medium.type);
  if (macKey === undefined) throw new Error('the media key is too short');
  const opener = new OpeningStream(Buffer.from(iv), Buffer.from(cipherKey), Buffer.from(macKey), maxBytes);
  await pipeline(body, opener, createWriteStream(toPath, { mode: 0o600 }));
  const { fileSha256 } = medium;
  if (fileSha256?.length && !opener.sha256.equals(fileSha256)) throw whatsappErrors.WHATSAPP_MEDIA_CORRUPT();
  return opener.sizeBytes;
}

/** Decrypts and authenticates; holds back the last bytes, which may be the HMAC. */
class OpeningStream extends Transform {
  sizeBytes = 0;
  readonly #decipher;
  readonly #hmac;
  readonly #hash = createHash('sha256');
  readonly #maxBytes: number;
  #held = Buffer.alloc(0);

  constructor(iv: Buffer, cipherKey: Buffer, macKey: Buffer, maxBytes: number) {
    super();
    this.#decipher = createDecipheriv('aes-256-cbc', cipherKey, iv);
    this.#hmac = createHmac('sha256', macKey).update(iv);
    this.#maxBytes = maxBytes;
  }

  /** Of the decrypted file; once, at the end. */
  get sha256(): Buffer {
    return this.#hash.digest();
  }

  override _transform(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    const bytes = Buffer.concat([this.#held, chunk]);
    const sealedBytes = Math.max(0, bytes.length - MAC_BYTES);
    this.#held = bytes.subarray(sealedBytes);
    const sealed = bytes.subarray(0, sealedBytes);
    this.#hmac.update(sealed);
    this.#attempt(() => this.#open(this.#decipher.update(sealed)), done);
  }

  override _flush(done: (error?: Error) => void): void {
    this.#attempt(() => {
      const mac = this.#hmac.digest().subarray(0, MAC_BYTES);
      if (this.#held.length !== MAC_BYTES || !timingSafeEqual(mac, this.#held)) {
        throw whatsappErrors.WHATSAPP_MEDIA_CORRUPT();
      }
      this.#open(this.#decipher.final());
    }, done);
  }

  #open(plain: Buffer): void {
    this.sizeBytes += plain.length;
    if (this.sizeBytes > this.#maxBytes) throw whatsappErrors.WHATSAPP_MEDIA_TOO_LARGE();
    this.#hash.update(plain);
    this.push(plain);
  }

  #attempt(work: () => void, done: (error?: Error) => void): void {
    try {
      work();
    } catch (error) {
      done(error instanceof Error ? error : new Error('the medium could not be read'));
      return;
    }
    done();
  }
}

function urlOf({ directPath }: Medium, mediaHost: string): URL {
  const base = new URL(`https://${mediaHost}`);
  const url = new URL(directPath, base);
  if (url.origin !== base.origin) throw whatsappErrors.WHATSAPP_MEDIA_GONE();
  return url;
}

function mediumOf(content: Uint8Array): Medium {
  const message = decodeMessage(content);
  const found = message === null ? null : mediaFieldsOf(unwrap(message));
  const { mediaKey, directPath, fileSha256 } = found?.fields ?? {};
  if (!found || !mediaKey || !directPath) throw whatsappErrors.WHATSAPP_MEDIA_GONE();
  return { type: found.type, mediaKey, directPath, fileSha256: fileSha256 ?? null };
}

type MediaFields = Pick<proto.Message.IDocumentMessage, 'mediaKey' | 'directPath' | 'fileSha256'>;

function mediaFieldsOf(message: proto.IMessage): { type: LibraryMediaType; fields: MediaFields } | null {
  const candidates: readonly (readonly [LibraryMediaType, MediaFields | null | undefined])[] = [
    ['image', message.imageMessage],
    ['video', message.videoMessage ?? message.ptvMessage],
    ['audio', message.audioMessage],
    ['document', message.documentMessage],
    ['sticker', message.stickerMessage],
  ];
  for (const [type, fields] of candidates) if (fields) return { type, fields };
  return null;
}
