import type { Logger } from './logger.js';

const QUIET_MS = 10_000;
const MAX_TEXTS = 100;

/**
 * For errors that a broken connection repeats many times a second: the first of each text is logged, then one
 * line per ten seconds with the number left out.
 */
export function throttledWarn(logger: Logger, now: () => number = () => performance.now()) {
  const seen = new Map<string, { loggedAt: number; suppressed: number }>();
  return (err: Error, message: string): void => {
    const known = seen.get(err.message);
    if (known !== undefined && now() - known.loggedAt < QUIET_MS) {
      known.suppressed += 1;
      return;
    }
    if (seen.size >= MAX_TEXTS) seen.clear();
    seen.set(err.message, { loggedAt: now(), suppressed: 0 });
    logger.warn({ err, ...(known !== undefined && { repeated: known.suppressed }) }, message);
  };
}
