import { fetch } from 'undici';
import type { TestServer } from '../../support/server.js';

interface DoorAnswer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly bytes: Buffer;
  readonly text: string;
  /** The body as JSON; throws when it is none. */
  readonly body: unknown;
}

interface DoorCall {
  readonly json?: unknown;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A stock HTTP client of one door. */
export class DoorClient {
  readonly #base: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(server: TestServer, door: string, headers: Readonly<Record<string, string>> = {}) {
    this.#base = `${new URL(server.url).origin}/${door}`;
    this.#headers = headers;
  }

  async call(method: string, path: string, { json, body, headers }: DoorCall = {}): Promise<DoorAnswer> {
    const sent = json === undefined ? body : JSON.stringify(json);
    const response = await fetch(`${this.#base}${path}`, {
      method,
      headers: {
        ...(json !== undefined && { 'content-type': 'application/json' }),
        ...this.#headers,
        ...headers,
      },
      ...(sent !== undefined && { body: sent }),
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    const text = bytes.toString();
    return {
      status: response.status,
      headers: response.headers,
      bytes,
      text,
      get body(): unknown {
        return JSON.parse(text) as unknown;
      },
    };
  }

  get(path: string): Promise<DoorAnswer> {
    return this.call('GET', path);
  }

  post(path: string, json: unknown): Promise<DoorAnswer> {
    return this.call('POST', path, { json });
  }
}

export const bearer = (token: string | null) => ({ authorization: `Bearer ${token ?? ''}` });
