import { createHash } from 'node:crypto';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import type { MakeRateLimiter } from '../../platform/rate-limit/cost-budget.js';
import { countCall } from '../../platform/rate-limit/count-call.js';

/** Tries, then a pause. Keyed with the address, so that nobody can lock a user out from elsewhere. */
const PER_EMAIL_AND_IP = { keyPrefix: 'login:email', points: 10, duration: 15 * 60 };
/** A whole office may sit behind one address. */
const PER_IP = { keyPrefix: 'login:ip', points: 100, duration: 15 * 60 };

/**
 * Slows down password guessing. Counters live where `limiterOf` puts them: shared by all processes when there is a Redis.
 * Every try counts before the password is looked at, so that parallel tries cannot slip through; a success clears its own.
 */
export class LoginLimiter {
  readonly #perEmailAndIp: RateLimiterAbstract;
  readonly #perIp: RateLimiterAbstract;

  constructor(limiterOf: MakeRateLimiter = (options) => new RateLimiterMemory(options)) {
    this.#perEmailAndIp = limiterOf(PER_EMAIL_AND_IP);
    this.#perIp = limiterOf(PER_IP);
  }

  /** Throws RATE_LIMITED with `retryAfterMs` when there were too many tries. */
  async countTry(email: string, ipAddress: string): Promise<void> {
    await countCall(this.#perIp, ipAddress);
    await countCall(this.#perEmailAndIp, pairKey(email, ipAddress));
  }

  async clear(email: string, ipAddress: string): Promise<void> {
    await this.#perEmailAndIp.delete(pairKey(email, ipAddress));
    await this.#perIp.reward(ipAddress);
  }
}

/** Short whatever was sent, and no e-mail address in a shared store. */
function pairKey(email: string, ipAddress: string): string {
  return createHash('sha256').update(`${email.toLowerCase()}\n${ipAddress}`).digest('base64url');
}
