import { RateLimiterRes } from 'rate-limiter-flexible';
import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import { kernelErrors } from '../../kernel/errors.js';

/** Counts one call of `key`; throws RATE_LIMITED with `retryAfterMs` when it was one too many. */
export async function countCall(limiter: RateLimiterAbstract, key: string): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal;
    throw kernelErrors.RATE_LIMITED({ data: { retryAfterMs: Math.ceil(refusal.msBeforeNext) } });
  }
}
