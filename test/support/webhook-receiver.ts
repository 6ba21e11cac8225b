import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { expect } from 'vitest';
import { succeeds } from './eventually.js';

export interface ReceivedCall {
  readonly method: string;
  readonly path: string;
  readonly id: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly at: number;
}

export type Answering = (call: ReceivedCall, response: ServerResponse) => void;

export interface Told {
  readonly topic: string;
  readonly id: string;
  readonly data: Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>;
}

export const answers =
  (status: number, body = '', headers: Readonly<Record<string, string>> = {}): Answering =>
  (_call, response) => {
    response.writeHead(status, headers).end(body);
  };

/** Never answers; the connection stays open. */
export const hangs: Answering = () => undefined;

/** Somebody's web server on loopback that is told what happens. */
export class WebhookReceiver implements AsyncDisposable {
  readonly calls: ReceivedCall[] = [];
  answer: Answering = answers(200);
  connections = 0;
  readonly #server = createServer((request, response) => void this.#receive(request, response));

  static async start(): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver();
    receiver.#server.on('connection', () => (receiver.connections += 1));
    await new Promise<void>((resolve) => receiver.#server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  /** `127.0.0.1:port`, for OUTBOUND_ALLOW. */
  get host(): string {
    return `127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  url(path = ''): string {
    return `http://${this.host}/${path}`;
  }

  /** Calls to a path, in the order of their arrival. */
  callsTo(path: string): readonly ReceivedCall[] {
    return this.calls.filter((call) => call.path === `/${path}`);
  }

  /** Waits for so many calls to a path. */
  async receives(path: string, count: number): Promise<readonly ReceivedCall[]> {
    await succeeds(() => expect(this.callsTo(path).length).toBeGreaterThanOrEqual(count));
    return this.callsTo(path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const call = {
      method: request.method ?? '',
      path: request.url ?? '',
      id: String(request.headers['webhook-id']),
      headers: request.headers,
      body: Buffer.concat(chunks).toString(),
      at: Date.now(),
    };
    this.calls.push(call);
    this.answer(call, response);
  }
}

/** As a receiver reads it: throws unless the library says that the signature is good. */
export function verified(call: ReceivedCall, secret: string): Told {
  const { headers } = call;
  return new Webhook(secret).verify(call.body, {
    'webhook-id': String(headers['webhook-id']),
    'webhook-timestamp': String(headers['webhook-timestamp']),
    'webhook-signature': String(headers['webhook-signature']),
  }) as Told;
}
