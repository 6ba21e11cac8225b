import { code as currencyOf } from 'currency-codes';
import { z } from 'zod';

/** So that the deals of a stage can be added up in a JSON number: 100 billion in a currency with two decimals. */
const MAX_AMOUNT_MINOR = 10_000_000_000_000;

/** An amount in the smallest unit of its currency. */
export interface Money {
  readonly amountMinor: number;
  /** ISO 4217. */
  readonly currency: string;
}

export const moneyInput = z.object({
  amountMinor: z
    .number()
    .int('must be a whole number')
    .min(0, 'must not be negative')
    .max(MAX_AMOUNT_MINOR, `must be at most ${MAX_AMOUNT_MINOR}`),
  currency: z.string().refine((code) => /^[A-Z]{3}$/.test(code) && currencyOf(code) !== undefined, {
    message: 'must be a currency of ISO 4217, such as IDR',
  }),
});

/** How many decimals people write: 2 for USD, 0 for JPY. */
export function decimalsOf(currency: string): number {
  return currencyOf(currency)?.digits ?? 0;
}
