import { expect, test } from 'vitest';
import { PRIORITY_RANK, rankOf } from '../../../src/modules/messaging/message/message.priority.js';
import type { Priority } from '../../../src/modules/messaging/message/message.priority.js';
import { PriorityTurns } from '../../../src/modules/messaging/outbound/priority-turns.js';

/** Takes messages out of endless queues of these ranks, the first one highest. */
function takeRanks(count: number, waiting: readonly number[]): readonly number[] {
  const turns = new PriorityTurns();
  return Array.from({ length: count }, () => {
    const inTurn = turns.next.flatMap((floor) => waiting.filter((rank) => rank >= floor).slice(0, 1));
    const taken = inTurn[0] ?? waiting[0] ?? 0;
    turns.took(taken);
    return taken;
  });
}

/** Of one kind of package. */
function take(count: number, waiting: readonly Priority[]): readonly Priority[] {
  const ranks = waiting.map((priority) => PRIORITY_RANK[priority]);
  return takeRanks(count, ranks).map((rank) => waiting[ranks.indexOf(rank)] ?? 'HIGH');
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

test('of ten messages with the priority of a package, one without follows, whatever priority callers gave', () => {
  const waiting = [
    rankOf('HIGH', { priority: true }),
    rankOf('NORMAL', { priority: true }),
    rankOf('LOW', { priority: true }),
    rankOf('NORMAL', { priority: false }),
    rankOf('LOW', { priority: false }),
  ];
  const taken = takeRanks(1_000, waiting);
  const runs = taken
    .map((rank) => (rank > PRIORITY_RANK.LOW ? '|' : '.'))
    .join('')
    .split('|');
  expect(Math.max(...runs.map((run) => run.length))).toBe(10);
  expect(new Set(taken)).toEqual(new Set(waiting));
});
