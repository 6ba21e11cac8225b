import type { Hints } from '../../platform/pubsub/hints.js';
import type { TokenCache } from './token-cache.js';

/** Any token was revoked: caches of all processes start again. */
const ANY_TOKEN = 'revoked';

/** Makes revocations bite: at once in this process, in the others when the hint arrives and within two seconds without it. */
export class TokenRevocations {
  readonly #cache: TokenCache;
  readonly #hints: Hints;
  readonly #unsubscribe: () => void;

  constructor(options: { readonly cache: TokenCache; readonly hints: Hints }) {
    this.#cache = options.cache;
    this.#hints = options.hints;
    this.#unsubscribe = this.#hints.subscribe(ANY_TOKEN, () => this.#cache.clear());
  }

  /** Call it after the commit. The hint `revoked:<token id>` comes second: who follows it looks past the cleared cache. */
  announce(...tokenIds: readonly string[]): void {
    this.rightsChanged();
    for (const tokenId of tokenIds) this.#hints.publish(`revoked:${tokenId}`);
  }

  /** What tokens mean may be different now, as after a change of somebody's role. Call it after the commit. */
  rightsChanged(): void {
    this.#cache.clear();
    this.#hints.publish(ANY_TOKEN);
  }

  close(): void {
    this.#unsubscribe();
  }
}
