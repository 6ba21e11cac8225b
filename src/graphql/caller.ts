import type { Context } from '../kernel/context.js';

export type Authenticate = (token: string | null, requestId: string) => Promise<Context>;

/** Reads "Bearer <token>" or a bare token; null when there is none. */
export function parseAuthorization(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const token = value.replace(/^bearer(?:\s+|$)/i, '').trim();
  return token === '' ? null : token;
}

/** Whoever holds a token, for as long as a socket or a request lasts. Its rights can change and end meanwhile. */
export class Caller {
  readonly #token: string | null;
  readonly #authenticate: Authenticate;
  #context: Context;

  private constructor(token: string | null, authenticate: Authenticate, context: Context) {
    this.#token = token;
    this.#authenticate = authenticate;
    this.#context = context;
  }

  /** Throws what `authenticate` throws: TOKEN_INVALID, TOKEN_EXPIRED, DATABASE_UNAVAILABLE. */
  static async of(token: string | null, requestId: string, authenticate: Authenticate): Promise<Caller> {
    return new Caller(token, authenticate, await authenticate(token, requestId));
  }

  get isAuthenticated(): boolean {
    return this.#context.actor.kind !== 'anonymous';
  }

  /** Names the token among all tokens, for counting and for hints of revocation; null where nothing can be revoked. */
  get tokenId(): string | null {
    const { actor } = this.#context;
    switch (actor.kind) {
      case 'user':
        return actor.sessionId;
      case 'api_key':
        return actor.apiKeyId;
      case 'device_token':
        return actor.tokenId;
      default:
        return null;
    }
  }

  /** Whose budget its operations are taken from: the token's; without one the address's. The operator has no limit. */
  budgetKey(ipAddress: string): string | null {
    if (this.tokenId !== null) return this.tokenId;
    return this.isAuthenticated ? null : `ip:${ipAddress}`;
  }

  /** The caller's rights for one operation, as they were when last checked. */
  contextFor(requestId: string, ipAddress: string): Context {
    return this.#context.forCall(requestId, ipAddress);
  }

  /** Checks the token again; throws when it is no longer valid. */
  async recheck(requestId: string): Promise<Context> {
    this.#context = await this.#authenticate(this.#token, requestId);
    return this.#context;
  }
}
