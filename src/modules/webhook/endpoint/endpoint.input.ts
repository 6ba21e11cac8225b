import { z } from 'zod';
import { EVENT_TOPICS } from '../../../kernel/events.js';
import { invalidInput } from '../../../kernel/errors.js';
import { parseInput } from '../../../kernel/input.js';

const MAX_GRACE_SECONDS = 7 * 24 * 60 * 60;

const topicList = z.array(z.enum(EVENT_TOPICS)).max(EVENT_TOPICS.length);

/** Without doubles; none means all. */
export function parseTopics(topics: readonly string[] | null | undefined): readonly string[] {
  return [...new Set(parseInput(topicList, topics ?? [], 'input.topics'))];
}

export function parseGraceSeconds(seconds: number): number {
  if (Number.isInteger(seconds) && seconds >= 0 && seconds <= MAX_GRACE_SECONDS) return seconds;
  const message = `must be a whole number from 0 to ${MAX_GRACE_SECONDS}`;
  throw invalidInput([{ path: 'input.graceSeconds', message }]);
}
