import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canMove, MESSAGE_STATUSES } from '../../../src/modules/messaging/message/message.status.js';
import type { MessageStatus } from '../../../src/modules/messaging/message/message.status.js';

const RANKED: readonly MessageStatus[] = [
  'SCHEDULED',
  'PENDING',
  'SENDING',
  'SENT',
  'DELIVERED',
  'READ',
  'PLAYED',
];
const ENDINGS: readonly MessageStatus[] = ['FAILED', 'EXPIRED', 'CANCELED'];
const PROVEN: readonly MessageStatus[] = ['SENT', 'DELIVERED', 'READ', 'PLAYED'];

/** The design's words once more, as a rule instead of a table. */
function allowed(from: MessageStatus, to: MessageStatus): boolean {
  if (from === to) return false;
  if (from === 'UNDECRYPTABLE') return to === 'RECEIVED';
  if (from === 'RECEIVED' || to === 'RECEIVED' || to === 'UNDECRYPTABLE') return false;
  if (PROVEN.includes(to)) return from !== 'SCHEDULED' && (ENDINGS.includes(from) || rank(from) < rank(to));
  if (ENDINGS.includes(from)) return false;
  if (to === 'FAILED') return rank(from) < rank('SENT');
  if (to === 'CANCELED' || to === 'EXPIRED') return from === 'SCHEDULED' || from === 'PENDING';
  if (to === 'PENDING') return from === 'SCHEDULED' || from === 'SENDING';
  return to === 'SENDING' && from === 'PENDING';
}

const rank = (status: MessageStatus): number => RANKED.indexOf(status);

describe('every pair of statuses', () => {
  test.each(MESSAGE_STATUSES.flatMap((from) => MESSAGE_STATUSES.map((to) => [from, to] as const)))(
    '%s → %s',
    (from, to) => {
      expect(canMove(from, to)).toBe(allowed(from, to));
    },
  );
});

test('no walk falls in rank, except from SENDING back to PENDING', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...MESSAGE_STATUSES), { maxLength: 40 }), (wishes) => {
      let status: MessageStatus = 'PENDING';
      for (const wish of wishes) {
        if (!canMove(status, wish)) continue;
        const fell = RANKED.includes(status) && RANKED.includes(wish) && rank(wish) < rank(status);
        expect(fell && !(status === 'SENDING' && wish === 'PENDING')).toBe(false);
        status = wish;
      }
    }),
  );
});

test('whatever happened before, nothing follows PLAYED', () => {
  for (const to of MESSAGE_STATUSES) expect(canMove('PLAYED', to)).toBe(false);
});
