import { describe, expect, it } from 'vitest';
import { nextStep } from '../../../src/modules/device/session/next-step.js';
import type { RowFacts, Running, Step } from '../../../src/modules/device/session/next-step.js';
import { Pairing } from '../../../src/modules/device/pairing/pairing.entity.js';
import { later, NOON } from './a-device.js';

const NOTHING: Running = { kind: 'NOTHING' };
const LOGIN: Running = { kind: 'LOGIN' };
const pairingSession = (pairingId: string): Running => ({ kind: 'PAIRING', pairingId });

function aPairing(id = 'p1'): Pairing {
  const pairing = new Pairing();
  pairing.begin(id, 'QR', null, NOON);
  return pairing;
}

const rowOf = (facts: Partial<RowFacts>): RowFacts => ({
  link: 'PAIRED',
  connection: 'CLOSED',
  suspended: false,
  wakeAt: null,
  deletedAt: null,
  ...facts,
});

const CASES: readonly (readonly [string, Partial<RowFacts>, Running, Step])[] = [
  ['a deleted device is unlinked', { deletedAt: NOON, link: 'PAIRED', connection: 'OPEN' }, LOGIN, 'UNLINK'],
  ['a deleted device never connects again', { deletedAt: NOON, wakeAt: NOON }, NOTHING, 'UNLINK'],
  ['a logged-out device is unlinked', { link: 'LOGGED_OUT' }, LOGIN, 'UNLINK'],
  ['a rejected device is unlinked', { link: 'REJECTED' }, pairingSession('p1'), 'UNLINK'],
  ['a canceled pairing is unlinked', { link: 'UNPAIRED' }, pairingSession('p1'), 'UNLINK'],
  ['an expired pairing is unlinked', { link: 'PAIRING_EXPIRED' }, pairingSession('p1'), 'UNLINK'],
  ['a replaced device keeps its link', { link: 'REPLACED' }, NOTHING, 'CLOSE'],
  ['a banned device keeps its link', { link: 'BANNED' }, NOTHING, 'CLOSE'],
  ['a suspended device closes', { suspended: true, connection: 'OPEN' }, LOGIN, 'CLOSE'],
  ['a device that is due logs in', { wakeAt: NOON }, NOTHING, 'LOG_IN'],
  ['a back-off that is over logs in', { connection: 'BACKOFF', wakeAt: NOON }, NOTHING, 'LOG_IN'],
  ['a back-off that is not over waits', { connection: 'BACKOFF', wakeAt: later(1) }, NOTHING, 'WAIT'],
  ['a socket in the row that is nowhere is opened', { connection: 'OPEN' }, NOTHING, 'LOG_IN'],
  ['a close that waits for a person rests', {}, NOTHING, 'REST'],
  ['an open device rests', { connection: 'OPEN' }, LOGIN, 'REST'],
  ['a device that is opening rests', { connection: 'OPENING' }, LOGIN, 'REST'],
  ['one that paired and goes on to log in rests', { connection: 'OPENING' }, pairingSession('p1'), 'REST'],
  ['a reconnect closes what is open', { connection: 'BACKOFF', wakeAt: NOON }, LOGIN, 'REOPEN'],
  ['a pairing starts', { link: 'PAIRING', wakeAt: NOON }, NOTHING, 'PAIR'],
  ['a pairing that runs rests', { link: 'PAIRING', connection: 'OPENING' }, pairingSession('p1'), 'REST'],
  [
    'a pairing waits its back-off',
    { link: 'PAIRING', connection: 'BACKOFF', wakeAt: later(1) },
    NOTHING,
    'WAIT',
  ],
  ['the session of an earlier pairing goes first', { link: 'PAIRING' }, pairingSession('p0'), 'UNLINK'],
  ['a session that still logs in goes first', { link: 'PAIRING' }, LOGIN, 'UNLINK'],
];

describe('what the owner of a device does next', () => {
  it.each(CASES)('%s', (_what, facts, running, step) => {
    const row = rowOf(facts);
    expect(nextStep(row, row.link === 'PAIRING' ? aPairing() : null, running, NOON)).toBe(step);
  });

  it('a new owner tries once what waits for a person', () => {
    expect(nextStep(rowOf({}), null, NOTHING, NOON, true)).toBe('LOG_IN');
  });

  it('a pairing past its time ends, whatever runs', () => {
    const pairing = aPairing();
    for (const running of [NOTHING, pairingSession('p1')]) {
      expect(nextStep(rowOf({ link: 'PAIRING' }), pairing, running, pairing.deadlineAt)).toBe(
        'EXPIRE_PAIRING',
      );
    }
  });
});
