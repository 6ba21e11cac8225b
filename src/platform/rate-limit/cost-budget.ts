import { RateLimiterRes } from 'rate-limiter-flexible';
import type { IRateLimiterOptions, RateLimiterAbstract } from 'rate-limiter-flexible';
import { kernelErrors } from '../../kernel/errors.js';

/** Makes a counter of its own; where it counts is the maker's business. */
export type MakeRateLimiter = (options: IRateLimiterOptions) => RateLimiterAbstract;

const WINDOW_SECONDS = 60;

/** What is left to a caller. */
export interface CostFacts {
  /** What this operation cost. */
  readonly requested: number;
  /** What a caller may ask for in a minute, and how much of it is left. */
  readonly limit?: number;
  readonly remaining?: number;
  readonly resetInMs?: number;
}

/** How much callers may ask of the API: each has so much a minute, from the first operation of the minute on. */
export class CostBudget {
  readonly #perMinute: number;
  readonly #limiter: RateLimiterAbstract | null;

  /** `perMinute` 0: no limit. */
  constructor(perMinute: number, makeLimiter: MakeRateLimiter) {
    this.#perMinute = perMinute;
    const options = { keyPrefix: 'cost', points: perMinute, duration: WINDOW_SECONDS };
    this.#limiter = perMinute === 0 ? null : makeLimiter(options);
  }

  /** Takes the cost of an operation before it runs. `caller` null: one without a limit. Throws RATE_LIMITED with `retryAfterMs`. */
  async charge(caller: string | null, cost: number): Promise<CostFacts> {
    const requested = Math.max(1, cost);
    if (this.#limiter === null || caller === null) return { requested };
    const limit = this.#perMinute;
    try {
      const { remainingPoints: remaining, msBeforeNext } = await this.#limiter.consume(caller, requested);
      return { requested, limit, remaining, resetInMs: Math.max(0, Math.ceil(msBeforeNext)) };
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      const retryAfterMs = Math.max(1, Math.ceil(refusal.msBeforeNext));
      throw kernelErrors.RATE_LIMITED({ data: { retryAfterMs, cost: { requested, limit, remaining: 0 } } });
    }
  }
}
