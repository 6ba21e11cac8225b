import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Faults } from '../faults/faults.js';
import type { Timers } from '../timers.js';
import { issueServerCertificate } from './certificate-authority.js';
import { mediaHash } from './media-cipher.js';

const MAX_UPLOAD_BYTES = 100 * 1024 * 1024;
const UPLOAD_PATH = /^\/mms\/(image|video|audio|document)\/([\w-]+)/;
const DOWNLOAD_PATH = /^\/v\/([\w-]+)/;

/** WhatsApp's media hosts: keeps encrypted files by their hash. The same store over https and plain http. */
export class MediaServer {
  readonly #faults: Faults;
  readonly #timers: Timers;
  readonly #files = new Map<string, Buffer>();
  #servers: Server[] = [];
  #ports = { https: 0, http: 0 };
  #host = '';
  #caCertificatePem = '';

  constructor(faults: Faults, timers: Timers) {
    this.#faults = faults;
    this.#timers = timers;
  }

  get host(): string {
    return `${this.#host}:${String(this.#ports.https)}`;
  }

  get httpUrl(): string {
    return `http://${this.#host}:${String(this.#ports.http)}`;
  }

  get caCertificatePem(): string {
    return this.#caCertificatePem;
  }

  async listen(host: string): Promise<void> {
    const { caCertificatePem, certificatePem, privateKeyPem } = await issueServerCertificate(host);
    const handle = (request: IncomingMessage, response: ServerResponse): void => {
      this.#handle(request, response).catch(() => {
        response.destroy();
      });
    };
    const https = createHttpsServer({ cert: certificatePem, key: privateKeyPem }, handle);
    const http = createHttpServer(handle);
    this.#servers = [https, http];
    this.#host = host;
    this.#caCertificatePem = caCertificatePem;
    this.#ports = { https: await listen(https, host), http: await listen(http, host) };
  }

  /** Stores an encrypted file; returns the path under which clients fetch it. */
  put(file: Buffer): string {
    const hash = mediaHash(file);
    this.#files.set(hash, file);
    return `/v/${hash}`;
  }

  get(path: string): Buffer | undefined {
    return this.#files.get(DOWNLOAD_PATH.exec(path)?.[1] ?? '');
  }

  async close(): Promise<void> {
    const servers = this.#servers;
    this.#servers = [];
    await Promise.all(
      servers.map((server) => {
        server.closeAllConnections();
        return new Promise<void>((resolve) => {
          server.close(() => {
            resolve();
          });
        });
      }),
    );
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const point = request.method === 'POST' ? 'mediaUpload' : 'mediaDownload';
    const fault = this.#faults.take(point);
    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'http') {
      request.resume();
      response.writeHead(fault.status).end();
      return;
    }
    if (fault?.kind === 'delay') {
      await new Promise<void>((resolve) => {
        this.#timers.after(fault.ms, resolve);
      });
    }
    if (request.method === 'POST') await this.#upload(request, response);
    else this.#download(request, response);
  }

  async #upload(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const hash = UPLOAD_PATH.exec(request.url ?? '')?.[2];
    const file = await bodyOf(request);
    if (file === undefined) respond(response, 413, { error: 'too large' });
    else if (hash === undefined) respond(response, 404, { error: 'not an upload path' });
    else if (mediaHash(file) !== hash) respond(response, 400, { error: 'the hash is not of this file' });
    else {
      const directPath = this.put(file);
      respond(response, 200, { url: `https://${this.host}${directPath}`, direct_path: directPath });
    }
  }

  #download(request: IncomingMessage, response: ServerResponse): void {
    const file = this.get(request.url ?? '');
    if (!file) {
      respond(response, 404, { error: 'no such file' });
      return;
    }
    response
      .writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': file.length })
      .end(file);
  }
}

function respond(response: ServerResponse, status: number, body: Record<string, string>): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk as Uint8Array);
    length += bytes.length;
    if (length > MAX_UPLOAD_BYTES) return undefined;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

async function listen(server: Server, host: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the media server has no port');
  return address.port;
}
