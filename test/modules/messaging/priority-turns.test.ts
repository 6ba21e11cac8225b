import { expect, test } from 'vitest';
import { PRIORITY_RANK } from '../../../src/modules/messaging/message/message.priority.js';
import type { Priority } from '../../../src/modules/messaging/message/message.priority.js';
import { PriorityTurns } from '../../../src/modules/messaging/outbound/priority-turns.js';

/** Takes messages out of endless queues of these priorities. */
function take(count: number, waiting: readonly Priority[]): readonly Priority[] {
  const turns = new PriorityTurns();
  return Array.from({ length: count }, () => {
    const taken = waiting.find((priority) => PRIORITY_RANK[priority] === turns.next) ?? waiting[0] ?? 'HIGH';
    turns.took(PRIORITY_RANK[taken]);
    return taken;
  });
}

/** The longest run without this priority. */
function longestWait(taken: readonly Priority[], priority: Priority): number {
  const runs = taken.map((each) => (each === priority ? '|' : '.')).join('');
  return Math.max(...runs.split('|').map((run) => run.length));
}

test('one lower message goes after ten higher ones', () => {
  const taken = take(33, ['HIGH', 'LOW']);
  expect(taken.flatMap((priority, index) => (priority === 'LOW' ? [index] : []))).toEqual([10, 21, 32]);
});

test('with all three waiting, none waits for long', () => {
  const taken = take(1_000, ['HIGH', 'NORMAL', 'LOW']);
  expect(longestWait(taken, 'LOW')).toBeLessThanOrEqual(11);
  // A turn of the lowest may come in between.
  expect(longestWait(taken, 'NORMAL')).toBeLessThanOrEqual(12);
  expect(taken.filter((priority) => priority === 'HIGH').length).toBeGreaterThan(800);
});

test('a turn that nobody uses changes nothing', () => {
  expect(new Set(take(100, ['HIGH']))).toEqual(new Set(['HIGH']));
});
