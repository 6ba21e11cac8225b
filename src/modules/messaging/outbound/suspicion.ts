import type { MessageAttempt } from './attempt.entity.js';

type Facts = Pick<MessageAttempt, 'outcome' | 'node' | 'alone' | 'writtenAt'>;

/**
 * Whether a message may be one that ends the process that prepares it: another process was preparing it when it ended, and nobody has ever
 * got it as far as the wire. `node`: this process, which lives.
 */
export function isSuspect(attempts: readonly Facts[], node: string): boolean {
  return (
    attempts.every(({ writtenAt }) => writtenAt == null) && attempts.some((each) => hasCrashed(each, node))
  );
}

/** Processes that ended while they prepared this message and nothing else. */
export function crashesAlone(attempts: readonly Facts[], node: string): number {
  if (!isSuspect(attempts, node)) return 0;
  return attempts.filter((each) => each.alone && hasCrashed(each, node)).length;
}

function hasCrashed(attempt: Facts, node: string): boolean {
  return attempt.outcome === 'ABANDONED' && attempt.writtenAt == null && attempt.node !== node;
}
