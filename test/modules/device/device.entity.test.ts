import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../../src/kernel/errors.js';
import { backoffMs } from '../../../src/modules/device/device.backoff.js';
import type { Device } from '../../../src/modules/device/device.entity.js';
import { LINKS } from '../../../src/modules/device/device.status.js';
import type { Link } from '../../../src/modules/device/device.status.js';
import { CLOSE_ACTIONS } from '../../../src/whatsapp/baileys/close-reasons.js';
import type { CloseReason } from '../../../src/whatsapp/index.js';
import { aClose, aDevice, anIdentity, later, NOON } from './a-device.js';

const half = (): number => 0.5;

function closedBy(device: Device, reason: CloseReason, at = NOON): Device {
  device.closed(aClose(reason, CLOSE_ACTIONS[reason]), at, half);
  device.restate(at);
  return device;
}

describe('the end of a connection of a paired device', () => {
  const WAITS_FOR_A_PERSON: readonly CloseReason[] = [
    'CLIENT_OUTDATED',
    'MULTI_DEVICE_MISMATCH',
    'REPLACED',
    'BANNED',
  ];
  const OPEN = { link: 'PAIRED', connection: 'OPEN', connectedSince: later(-1_000) } as const;

  it.each(
    Object.entries(CLOSE_ACTIONS).filter(([, action]) => action === 'BACK_OFF') as [CloseReason, string][],
  )('by %s is followed by another try after a while', (reason) => {
    const device = closedBy(aDevice(OPEN), reason);
    expect(device).toMatchObject({ link: 'PAIRED', connection: 'BACKOFF', status: 'OFFLINE' });
    expect(device.wakeAt).toEqual(later(1_000));
  });

  it.each(WAITS_FOR_A_PERSON)('by %s waits for a person', (reason) => {
    const device = closedBy(aDevice(OPEN), reason);
    expect(device).toMatchObject({ connection: 'CLOSED', wakeAt: null });
  });

  it.each(['REPLACED', 'BANNED'] as const)('by %s is its status', (reason) => {
    expect(closedBy(aDevice(OPEN), reason).status).toBe(reason);
  });

  it('by 401 means that nothing is left to log in with', () => {
    const device = closedBy(aDevice(OPEN), 'LOGGED_OUT');
    expect(device).toMatchObject({ link: 'LOGGED_OUT', status: 'LOGGED_OUT', wakeAt: NOON });
  });

  it('that we asked for leaves the device to the next owner', () => {
    const device = closedBy(aDevice(OPEN), 'CLOSED_BY_US');
    expect(device).toMatchObject({ link: 'PAIRED', connection: 'CLOSED', wakeAt: NOON });
  });

  it('does not undo a request to connect again', () => {
    const device = aDevice(OPEN);
    device.reconnect(NOON);
    expect(closedBy(device, 'CLOSED_BY_US')).toMatchObject({ connection: 'BACKOFF', wakeAt: NOON });
  });

  it('by a restart that WhatsApp asks for is never shown as offline, once', () => {
    const device = closedBy(aDevice({ link: 'PAIRED', connection: 'OPENING' }), 'RESTART_REQUIRED');
    expect(device).toMatchObject({ status: 'CONNECTING', wakeAt: NOON });
    expect(closedBy(device, 'RESTART_REQUIRED')).toMatchObject({ status: 'OFFLINE', connection: 'BACKOFF' });
  });

  it('by a temporary ban is followed by no try before the ban ends', () => {
    const device = aDevice(OPEN);
    device.closed(aClose('TEMPORARILY_BANNED', 'BACK_OFF', { until: later(3_600_000) }), NOON, half);
    expect(device.wakeAt).toEqual(later(3_600_000));
  });

  it('waits longer each time, until a connection stood for five minutes', () => {
    const device = aDevice({ link: 'PAIRED', connection: 'OPENING' });
    const waits = [1, 2, 3].map(() => {
      closedBy(device, 'CONNECTION_LOST');
      return (device.wakeAt ?? NOON).getTime() - NOON.getTime();
    });
    expect(waits).toEqual([1_000, 2_000, 4_000]);
    device.opened(anIdentity(), NOON);
    closedBy(device, 'CONNECTION_LOST', later(5 * 60_000));
    expect(device).toMatchObject({ connectAttempts: 1, wakeAt: later(5 * 60_000 + 1_000) });
  });

  it('changes nothing about a suspended device', () => {
    const device = aDevice({ ...OPEN });
    device.suspend(null, NOON);
    expect(closedBy(device, 'CONNECTION_LOST')).toMatchObject({ connection: 'CLOSED', link: 'PAIRED' });
  });
});

describe('the pause before another connect', () => {
  it('is anything from nothing to a ceiling that doubles up to five minutes', () => {
    fc.assert(
      fc.property(
        fc.nat(60),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (attempt, random) => {
          const ceiling = Math.min(300_000, 2_000 * 2 ** attempt);
          const pause = backoffMs(attempt, () => random);
          expect(pause).toBe(Math.floor(random * ceiling));
          expect(pause).toBeLessThan(300_000);
        },
      ),
    );
  });
});

/** What each request says to a device with each link; null: it is taken. */
const REQUESTS: Record<string, { run: (device: Device) => void; refusals: Partial<Record<Link, string>> }> = {
  requestPairing: {
    run: (device) => device.requestPairing(NOON),
    refusals: { PAIRING: 'PAIRING_ALREADY_RUNNING', PAIRED: 'DEVICE_ALREADY_PAIRED' },
  },
  reconnect: {
    run: (device) => device.reconnect(NOON),
    refusals: {
      UNPAIRED: 'DEVICE_NOT_PAIRED',
      PAIRING: 'DEVICE_NOT_PAIRED',
      PAIRING_EXPIRED: 'DEVICE_NOT_PAIRED',
      REJECTED: 'DEVICE_NOT_PAIRED',
      LOGGED_OUT: 'DEVICE_LOGGED_OUT',
    },
  },
  logOut: {
    run: (device) => device.logOut(NOON),
    refusals: {
      UNPAIRED: 'DEVICE_NOT_PAIRED',
      PAIRING: 'DEVICE_NOT_PAIRED',
      PAIRING_EXPIRED: 'DEVICE_NOT_PAIRED',
      REJECTED: 'DEVICE_NOT_PAIRED',
      LOGGED_OUT: 'DEVICE_LOGGED_OUT',
    },
  },
};

function reasonOf(run: () => void): string | null {
  try {
    run();
    return null;
  } catch (error) {
    if (error instanceof AppError) return error.reason;
    throw error;
  }
}

describe('what a device in the wrong state answers', () => {
  for (const [name, { run, refusals }] of Object.entries(REQUESTS)) {
    it.each(LINKS)(`${name} with link %s`, (link) => {
      expect(reasonOf(() => run(aDevice({ link })))).toBe(refusals[link] ?? null);
    });
  }

  it('a suspended one neither pairs nor connects', () => {
    const device = aDevice({ suspended: true, link: 'PAIRED' });
    expect(reasonOf(() => device.requestPairing(NOON))).toBe('DEVICE_SUSPENDED');
    expect(reasonOf(() => device.reconnect(NOON))).toBe('DEVICE_SUSPENDED');
  });
});

describe('a suspended device', () => {
  it('keeps its link and connects again when it is resumed', () => {
    const device = aDevice({ link: 'PAIRED', connection: 'OPEN' });
    device.suspend('unpaid', NOON);
    expect(device).toMatchObject({ link: 'PAIRED', connection: 'CLOSED', suspendReason: 'unpaid' });
    device.resume(later(1));
    expect(device).toMatchObject({ suspended: false, suspendReason: null, wakeAt: later(1) });
  });

  it('gives up a pairing', () => {
    const device = aDevice({ link: 'PAIRING' });
    device.suspend(null, NOON);
    expect(device.link).toBe('UNPAIRED');
  });
});
