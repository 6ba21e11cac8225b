const FIRST_MS = 2_000;
const CEILING_MS = 300_000;

/**
 * How long to wait before connect number `attempt` (0 is the first repetition): full jitter, so that devices that fell together
 * do not come back together. `random` gives [0, 1).
 */
export function backoffMs(attempt: number, random: () => number): number {
  return Math.floor(random() * Math.min(CEILING_MS, FIRST_MS * 2 ** attempt));
}
