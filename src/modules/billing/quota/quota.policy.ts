/** One in so many left is low. */
const LOW_SHARE = 10;

export function lowMark(amount: number): number {
  return Math.floor(amount / LOW_SHARE);
}

/** True for the one unit with which a balance falls to its low mark. */
export function isLowMark(remaining: number, amount: number): boolean {
  return remaining > 0 && remaining === lowMark(amount);
}

export function isLow({
  remaining,
  amount,
}: {
  readonly remaining: number;
  readonly amount: number;
}): boolean {
  return amount > 0 && remaining <= lowMark(amount);
}
