import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Agent, request } from 'undici';
import type { Config } from '../../config/config.js';
import { AppError } from '../../kernel/errors.js';
import { detectContentType } from '../media/content-type.js';
import { AddressPolicy } from './address-policy.js';
import { callServer } from './call-server.js';
import type { CallOptions, CallOutcome } from './call-server.js';
import { guardedConnector, systemResolver } from './guarded-connector.js';
import type { Resolver } from './guarded-connector.js';
import { outboundErrors } from './outbound.errors.js';
import { checkUrl } from './outbound-url.js';
import type { OutboundScheme } from './outbound-url.js';

const CONNECT_TIMEOUT_MS = 10_000;
const IDLE_TIMEOUT_MS = 15_000;
const MAX_HEADER_BYTES = 16 * 1024;

export interface FetchedFile {
  /** Belongs to the caller, who moves or deletes it. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly contentType: string;
  readonly sha256: string;
}

export interface FetchOptions {
  readonly maxBytes: number;
  /** For everything together: resolving, connecting, waiting and reading. */
  readonly timeoutMs: number;
  readonly accept: (contentType: string) => boolean;
  readonly signal?: AbortSignal;
}

export interface OutboundHttpOptions {
  readonly allow: Config['outboundAllow'];
  /** Where fetched files are put. */
  readonly tempDir: string;
  readonly resolve?: Resolver;
}

/**
 * The only way to call a URL that a user gave: public addresses only, no redirects, no proxy, limits on time and
 * size. Environment proxies are ignored: they would resolve names out of our sight.
 */
export class OutboundHttp {
  readonly #policy: AddressPolicy;
  readonly #agent: Agent;
  readonly #tempDir: string;

  constructor(options: OutboundHttpOptions) {
    this.#policy = new AddressPolicy(options.allow);
    this.#tempDir = options.tempDir;
    this.#agent = new Agent({
      connect: guardedConnector(this.#policy, options.resolve ?? systemResolver, CONNECT_TIMEOUT_MS),
      headersTimeout: IDLE_TIMEOUT_MS,
      bodyTimeout: IDLE_TIMEOUT_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
    });
  }

  /** Refuses at input time what can be refused without resolving: throws URL_NOT_ALLOWED naming `field`. */
  assertUrlAllowed(url: string, field: string, scheme: OutboundScheme = 'web'): void {
    checkUrl(url, field, this.#policy, scheme);
  }

  /** Throws URL_NOT_ALLOWED, MEDIA_UNREACHABLE, MEDIA_TOO_LARGE or MEDIA_TYPE_UNSUPPORTED and leaves no file behind. */
  async fetchToFile(text: string, options: FetchOptions): Promise<FetchedFile> {
    const url = checkUrl(text, 'url', this.#policy, 'web');
    await mkdir(this.#tempDir, { recursive: true, mode: 0o700 });
    const file = path.join(this.#tempDir, `fetch-${randomUUID()}`);
    try {
      return await this.#fetch(url, file, options);
    } catch (error) {
      await rm(file, { force: true });
      if (error instanceof AppError) throw error;
      // A blocked address answers like a dead one: the difference would map the inner network.
      throw outboundErrors.MEDIA_UNREACHABLE({ cause: error });
    }
  }

  /** Calls somebody's server, encrypted unless the operator's rules name it. Throws URL_NOT_ALLOWED, or what `signal` was aborted with. */
  async call(text: string, options: CallOptions): Promise<CallOutcome> {
    const url = checkUrl(text, 'url', this.#policy, 'https');
    return callServer(this.#agent, url, options);
  }

  /** Ends idle and running connections. */
  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #fetch(url: URL, file: string, options: FetchOptions): Promise<FetchedFile> {
    const deadline = AbortSignal.timeout(options.timeoutMs);
    const signal = options.signal === undefined ? deadline : AbortSignal.any([deadline, options.signal]);
    const response = await request(url, {
      dispatcher: this.#agent,
      headers: { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'Trunkline' },
      signal,
    });
    const { headers, body, statusCode } = response;
    // Destroying a body that nobody listens to would be an uncaught error.
    body.on('error', () => undefined);
    try {
      if (statusCode !== 200) throw outboundErrors.MEDIA_UNREACHABLE({ data: { status: statusCode } });
      if (Number(headers['content-length'] ?? 0) > options.maxBytes) throw tooLarge(options.maxBytes);
      const { sizeBytes, sha256 } = await save(body, file, options.maxBytes, signal);
      const contentType = await detectContentType(file, single(headers['content-type']));
      if (!options.accept(contentType)) {
        throw outboundErrors.MEDIA_TYPE_UNSUPPORTED({ data: { contentType } });
      }
      return { path: file, sizeBytes, contentType, sha256 };
    } finally {
      body.destroy();
    }
  }
}

async function save(body: Readable, file: string, maxBytes: number, signal: AbortSignal) {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const measured = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes) throw tooLarge(maxBytes);
      hash.update(chunk);
      yield chunk;
    }
  };
  await pipeline(body, measured, createWriteStream(file, { mode: 0o600, flags: 'wx' }), { signal });
  return { sizeBytes, sha256: hash.digest('hex') };
}

function tooLarge(maxBytes: number): AppError {
  const mebibytes = Math.floor((maxBytes / (1024 * 1024)) * 10) / 10;
  const message = `The file is larger than WhatsApp takes: ${mebibytes} MiB of its kind.`;
  return outboundErrors.MEDIA_TOO_LARGE({ message, data: { maxBytes } });
}

function single(header: string | string[] | undefined): string | null {
  return (Array.isArray(header) ? header[0] : header) ?? null;
}
