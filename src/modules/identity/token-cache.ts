import type { Clock } from '../../kernel/clock.js';
import type { Actor, Scope } from '../../kernel/context.js';
import type { Action, Role } from '../../kernel/access.js';

/** What a valid token means: everything of a context but the request's own id. */
export interface TokenGrant {
  readonly tokenId: string;
  readonly actor: Actor;
  readonly scope: Scope;
  readonly actions: ReadonlySet<Action>;
  /** The role in each subaccount, where they differ. */
  readonly roles: ReadonlyMap<string, Role> | null;
  readonly expiresAt: Date | null;
}

/** A revocation in another process whose hint was lost still bites within this time. */
const MAX_AGE_MS = 2_000;
const MAX_ENTRIES = 10_000;

/** Valid tokens of the last two seconds, by the hexadecimal form of their hash. Never remembers refusals. */
export class TokenCache {
  readonly #clock: Clock;
  readonly #entries = new Map<string, { readonly grant: TokenGrant; readonly storedAtMs: number }>();
  #generation = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Changes with every clearing: what was read before must not be stored after. */
  get generation(): number {
    return this.#generation;
  }

  find(hash: string): TokenGrant | null {
    const entry = this.#entries.get(hash);
    if (entry === undefined) return null;
    if (this.#clock.monotonicMs() - entry.storedAtMs < MAX_AGE_MS) return entry.grant;
    this.#entries.delete(hash);
    return null;
  }

  /** Does nothing when the cache was cleared between reading the row and this call. */
  store(hash: string, grant: TokenGrant, generation: number): void {
    if (generation !== this.#generation) return;
    const oldest = this.#entries.keys().next();
    if (this.#entries.size >= MAX_ENTRIES && oldest.done !== true) this.#entries.delete(oldest.value);
    this.#entries.set(hash, { grant, storedAtMs: this.#clock.monotonicMs() });
  }

  clear(): void {
    this.#generation += 1;
    this.#entries.clear();
  }
}
