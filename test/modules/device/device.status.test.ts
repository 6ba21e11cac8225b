import { describe, expect, it } from 'vitest';
import { ATTENTIONS, attentionOf } from '../../../src/modules/device/device.attention.js';
import type { Attention, AttentionFacts } from '../../../src/modules/device/device.attention.js';
import { statusLabel } from '../../../src/modules/device/device.label.js';
import {
  CONNECTIONS,
  DEVICE_STATUSES,
  deviceStatus,
  HEALTH_OF_STATUS,
  LINKS,
} from '../../../src/modules/device/device.status.js';
import type { Connection, DeviceStatus, Link } from '../../../src/modules/device/device.status.js';
import { later, NOON } from './a-device.js';

/** Link × connection, not suspended. */
const TABLE: Record<Link, Record<Connection, DeviceStatus>> = {
  UNPAIRED: row('NOT_PAIRED'),
  PAIRING: row('PAIRING'),
  PAIRED: { CLOSED: 'OFFLINE', OPENING: 'CONNECTING', OPEN: 'CONNECTED', BACKOFF: 'OFFLINE' },
  PAIRING_EXPIRED: row('PAIRING_EXPIRED'),
  LOGGED_OUT: row('LOGGED_OUT'),
  REPLACED: row('REPLACED'),
  REJECTED: row('REJECTED'),
  BANNED: row('BANNED'),
};

function row(status: DeviceStatus): Record<Connection, DeviceStatus> {
  return { CLOSED: status, OPENING: status, OPEN: status, BACKOFF: status };
}

const COMBINATIONS = LINKS.flatMap((link) => CONNECTIONS.map((connection) => [link, connection] as const));

/** What each status is to people who only want to know whether it works. */
const HEALTH: Readonly<Record<string, readonly DeviceStatus[]>> = {
  CONNECTED: ['CONNECTED'],
  OFFLINE: ['CONNECTING', 'OFFLINE'],
  PENDING_CONNECTION: ['NOT_PAIRED', 'PAIRING'],
  REQUIRES_ATTENTION: ['PAIRING_EXPIRED', 'LOGGED_OUT', 'REPLACED', 'REJECTED', 'BANNED', 'SUSPENDED'],
};

describe('F13 to F16: the health of a device', () => {
  it.each(Object.entries(HEALTH))('is %s for %j', (health, statuses) => {
    expect(DEVICE_STATUSES.filter((status) => HEALTH_OF_STATUS[status] === health)).toEqual(statuses);
  });
});

describe('the status of a device', () => {
  it.each(COMBINATIONS)('follows from link %s and connection %s', (link, connection) => {
    expect(deviceStatus({ link, connection, suspended: false })).toBe(TABLE[link][connection]);
    expect(deviceStatus({ link, connection, suspended: true })).toBe('SUSPENDED');
  });

  it('has no value that no facts lead to', () => {
    const reached = COMBINATIONS.flatMap(([link, connection]) =>
      [true, false].map((suspended) => deviceStatus({ link, connection, suspended })),
    );
    expect(new Set(reached)).toEqual(new Set(DEVICE_STATUSES));
  });
});

const facts = (given: Partial<AttentionFacts>): AttentionFacts => ({
  link: 'PAIRED',
  connection: 'CLOSED',
  suspended: false,
  connectAttempts: 0,
  ...given,
});

const ATTENTION_CASES: readonly (readonly [string, Partial<AttentionFacts>, readonly Attention[]])[] = [
  ['logged out on the phone', { link: 'LOGGED_OUT', lastCloseReason: 'LOGGED_OUT' }, ['RELINK_REQUIRED']],
  ['logged out here', { link: 'LOGGED_OUT', lastCloseReason: 'CLOSED_BY_US' }, []],
  ['a link that WhatsApp does not take', { lastCloseReason: 'MULTI_DEVICE_MISMATCH' }, ['RELINK_REQUIRED']],
  ['a number in use', { link: 'REJECTED', rejectReason: 'NUMBER_IN_USE' }, ['NUMBER_IN_USE']],
  [
    'a private number',
    { link: 'REJECTED', rejectReason: 'NOT_A_BUSINESS_ACCOUNT' },
    ['NOT_A_BUSINESS_ACCOUNT'],
  ],
  ['a banned number', { link: 'BANNED' }, ['NUMBER_BANNED']],
  [
    'a temporary ban',
    { connection: 'BACKOFF', lastCloseReason: 'TEMPORARILY_BANNED' },
    ['TEMPORARILY_BANNED'],
  ],
  ['a temporary ban that is over', { connection: 'OPEN', lastCloseReason: 'TEMPORARILY_BANNED' }, []],
  ['a link that another program took', { link: 'REPLACED' }, ['SESSION_CONFLICT']],
  ['an outdated client', { lastCloseReason: 'CLIENT_OUTDATED' }, ['CLIENT_OUTDATED']],
  ['limited new chats', { connection: 'OPEN', reachoutLockedUntil: later(1_000) }, ['NEW_CHATS_RESTRICTED']],
  ['a limit that has ended', { connection: 'OPEN', reachoutLockedUntil: later(-1) }, []],
  ['five failed connects', { connection: 'BACKOFF', connectAttempts: 5 }, ['REPEATED_DISCONNECTS']],
  ['four failed connects', { connection: 'BACKOFF', connectAttempts: 4 }, []],
  ['five failed connects before a good one', { connection: 'OPEN', connectAttempts: 5 }, []],
  ['a good connection', { connection: 'OPEN' }, []],
];

describe('what a person should look at', () => {
  it.each(ATTENTION_CASES)('%s', (_what, given, expected) => {
    expect(attentionOf(facts(given), NOON)).toEqual(expected);
  });

  it('is shown by a case for each reason', () => {
    expect(new Set(ATTENTION_CASES.flatMap(([, , reasons]) => reasons))).toEqual(new Set(ATTENTIONS));
  });
});

describe('the label of a status', () => {
  it('is a short sentence for every combination of facts', () => {
    for (const [link, connection] of COMBINATIONS) {
      for (const suspended of [true, false]) {
        expect(statusLabel(facts({ link, connection, suspended }), NOON)).toMatch(/^[A-Z].{8,110}\.$/);
      }
    }
  });

  it('says why a number was rejected', () => {
    expect(statusLabel(facts({ link: 'REJECTED', rejectReason: 'NUMBER_IN_USE' }), NOON)).toContain('in use');
    expect(statusLabel(facts({ link: 'REJECTED', rejectReason: 'NOT_A_BUSINESS_ACCOUNT' }), NOON)).toContain(
      'Business',
    );
  });

  it('does not send anybody to pair again after a logout that was asked for', () => {
    const here = facts({ link: 'LOGGED_OUT', lastCloseReason: 'CLOSED_BY_US' });
    expect(statusLabel(here, NOON)).toBe('Logged out. Pair the number again to use it.');
    const elsewhere = facts({ link: 'LOGGED_OUT', lastCloseReason: 'LOGGED_OUT' });
    expect(statusLabel(elsewhere, NOON)).toContain('Unlinked on the phone');
  });
});
