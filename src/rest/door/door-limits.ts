import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import type { Context } from '../../kernel/context.js';
import type { MakeRateLimiter } from '../../platform/rate-limit/cost-budget.js';
import { countCall } from '../../platform/rate-limit/count-call.js';

const MINUTE = 60;
/** Calls a minute of one caller for one device. Somebody who polls status and QR code every 3 s makes 40 reads. */
const BUDGETS = {
  READ: { keyPrefix: 'door:read', points: 240, duration: MINUTE },
  WRITE: { keyPrefix: 'door:write', points: 120, duration: MINUTE },
  SEND: { keyPrefix: 'door:send', points: 1_200, duration: MINUTE },
} as const;
export type Budget = keyof typeof BUDGETS;

/** Wrong tokens of one address: a whole office may sit behind it. */
const WRONG_TOKENS = { keyPrefix: 'door:wrong', points: 120, duration: MINUTE };
/** New accounts of one address. */
const NEW_ACCOUNTS = { keyPrefix: 'door:account', points: 10, duration: 60 * MINUTE };

/** What one caller may ask of a door. Counters live where `limiterOf` puts them: shared by all processes when there is a Redis. */
export class DoorLimits {
  readonly #budgets: Readonly<Record<Budget, RateLimiterAbstract>>;
  readonly #wrongTokens: RateLimiterAbstract;
  readonly #newAccounts: RateLimiterAbstract;

  constructor(limiterOf: MakeRateLimiter) {
    this.#budgets = {
      READ: limiterOf(BUDGETS.READ),
      WRITE: limiterOf(BUDGETS.WRITE),
      SEND: limiterOf(BUDGETS.SEND),
    };
    this.#wrongTokens = limiterOf(WRONG_TOKENS);
    this.#newAccounts = limiterOf(NEW_ACCOUNTS);
  }

  /** Throws RATE_LIMITED. Each device has a budget of its own, so that many can be paired at the same time. */
  async countCall(budget: Budget, caller: Context, request: FastifyRequest): Promise<void> {
    const what = JSON.stringify([caller.actor, request.ip, request.params]);
    await countCall(this.#budgets[budget], createHash('sha256').update(what).digest('base64url'));
  }

  /** Throws RATE_LIMITED instead of looking at one more token of an address that guesses. */
  async refuseGuessers(request: FastifyRequest): Promise<void> {
    const tries = await this.#wrongTokens.get(request.ip);
    if (tries !== null && tries.remainingPoints <= 0) await countCall(this.#wrongTokens, request.ip);
  }

  async countWrongToken(request: FastifyRequest): Promise<void> {
    await countCall(this.#wrongTokens, request.ip);
  }

  async countNewAccount(request: FastifyRequest): Promise<void> {
    await countCall(this.#newAccounts, request.ip);
  }
}
