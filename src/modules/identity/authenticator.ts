import { OPERATOR_ACTIONS } from '../../kernel/access.js';
import type { Clock } from '../../kernel/clock.js';
import { Context } from '../../kernel/context.js';
import { kernelErrors } from '../../kernel/errors.js';
import { asSystem } from '../../kernel/system-context.js';
import { hashesEqual, parseToken, tokenHash } from '../../platform/crypto/tokens.js';
import type { TokenKind } from '../../platform/crypto/tokens.js';
import type { Database } from '../../platform/database/database.js';
import { readGrant } from './token-grant.queries.js';
import type { TokenCache, TokenGrant } from './token-cache.js';
import type { TokenUsage } from './token-usage.js';

/** Turns the token of a caller into what it may see and do. Used by every door, and again while a subscription runs. */
export class Authenticator {
  readonly #database: Database;
  readonly #cache: TokenCache;
  readonly #usage: TokenUsage;
  readonly #clock: Clock;
  readonly #operatorHash: Buffer;
  /** Under way. */
  readonly #reads = new Map<string, Promise<TokenGrant>>();

  constructor(options: {
    readonly database: Database;
    readonly cache: TokenCache;
    readonly usage: TokenUsage;
    readonly clock: Clock;
    readonly operatorKey: string;
  }) {
    this.#database = options.database;
    this.#cache = options.cache;
    this.#usage = options.usage;
    this.#clock = options.clock;
    this.#operatorHash = tokenHash(options.operatorKey);
  }

  /**
   * Without a token the caller is anonymous. Throws TOKEN_INVALID for one that is malformed, unknown or revoked (the first without asking
   * the database), and TOKEN_EXPIRED.
   */
  async authenticate(token: string | null, requestId: string): Promise<Context> {
    if (token === null) {
      return Context.forRequest({
        requestId,
        actor: { kind: 'anonymous' },
        scope: null,
        actions: new Set(),
      });
    }
    const hash = tokenHash(token);
    if (hashesEqual(hash, this.#operatorHash)) {
      return Context.forRequest({
        requestId,
        actor: { kind: 'operator' },
        scope: null,
        actions: OPERATOR_ACTIONS,
      });
    }
    const parsed = parseToken(token);
    if (parsed === null) throw kernelErrors.TOKEN_INVALID();
    const grant = await this.#grant(hash, parsed.kind);
    this.#usage.note(grant);
    const { actor, scope, actions, roles } = grant;
    return Context.forRequest({ requestId, actor, scope, actions, roles });
  }

  async #grant(hash: Buffer, kind: TokenKind): Promise<TokenGrant> {
    const key = hash.toString('hex');
    const grant = this.#cache.find(key) ?? (await this.#read(hash, key, kind));
    if (grant.expiresAt !== null && grant.expiresAt <= this.#clock.now()) throw kernelErrors.TOKEN_EXPIRED();
    return grant;
  }

  /**
   * Whoever comes while a token is being read shares that, unless something was revoked since: a busy key would be read by all of its calls at once.
   * Device tokens end in another module, which tells nobody.
   */
  #read(hash: Buffer, key: string, kind: TokenKind): Promise<TokenGrant> {
    if (kind === 'device') return this.#readGrant(hash, key);
    const name = `${this.#cache.generation}:${key}`;
    const underWay = this.#reads.get(name);
    if (underWay !== undefined) return underWay;
    const read = this.#readGrant(hash, key).finally(() => this.#reads.delete(name));
    this.#reads.set(name, read);
    return read;
  }

  async #readGrant(hash: Buffer, key: string): Promise<TokenGrant> {
    const { generation } = this.#cache;
    const [token] = await this.#database.callFunction(asSystem('authenticate'), 'find_token', [hash]);
    if (token === undefined || token.revokedAt !== null) throw kernelErrors.TOKEN_INVALID();
    const grant = await readGrant(this.#database, token);
    if (grant === null) throw kernelErrors.TOKEN_INVALID();
    // Those of devices need one query only.
    if (grant.actor.kind !== 'device_token') this.#cache.store(key, grant, generation);
    return grant;
  }
}
