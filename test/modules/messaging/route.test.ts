import { describe, expect, it } from 'vitest';
import { DEVICE_STATUSES } from '../../../src/modules/device/device.status.js';
import type { DeviceStatus } from '../../../src/modules/device/index.js';
import { chooseRoute } from '../../../src/modules/messaging/routing/route.js';
import type { Candidate, RoutingWishes } from '../../../src/modules/messaging/routing/route.js';

type Wishes = Partial<RoutingWishes>;

/** `sales:CONNECTED:500` */
function devicesOf(text: string): Candidate[] {
  return text.split(' ').map((each) => {
    const [id = '', status = '', priority = '0'] = each.split(':');
    return { id, status: status as DeviceStatus, priority: Number(priority) };
  });
}

function routed(devices: string, wishes: Wishes = {}): string | null {
  const usual = {
    stickyDeviceId: null,
    favouriteDeviceId: null,
    whenOffline: 'QUEUE',
    isScheduled: false,
  } as const;
  const choice = chooseRoute(devicesOf(devices), { ...usual, ...wishes });
  return choice === null ? null : `${choice.device.id} by ${choice.rule}`;
}

const sticky = { stickyDeviceId: 'b' };
const favourite = { favouriteDeviceId: 'c' };
const reject = { whenOffline: 'REJECT' } as const;

describe('F8, F18, F19: the device of a message that names none', () => {
  it.each<[string, string, Wishes, string | null]>([
    ['the highest priority', 'a:CONNECTED:1 b:CONNECTED:3 c:CONNECTED:2', {}, 'b by PRIORITY'],
    ['the oldest of equal ones', 'b:CONNECTED a:CONNECTED c:CONNECTED', {}, 'a by PRIORITY'],
    ['the next one that is connected', 'a:OFFLINE:3 b:SUSPENDED:2 c:CONNECTED:1', {}, 'c by PRIORITY'],
    [
      'the sticky number before all',
      'a:CONNECTED:9 b:CONNECTED c:CONNECTED:5',
      { ...sticky, ...favourite },
      'b by STICKY',
    ],
    [
      'the favourite before the priority',
      'a:CONNECTED:9 b:CONNECTED:5 c:CONNECTED',
      favourite,
      'c by FAVOURITE',
    ],
    [
      'the favourite when the sticky number is away',
      'a:CONNECTED:9 b:OFFLINE c:CONNECTED',
      { ...sticky, ...favourite },
      'c by FAVOURITE',
    ],
    [
      'the priority when both are away',
      'a:CONNECTED b:OFFLINE:9 c:LOGGED_OUT:9',
      { ...sticky, ...favourite },
      'a by PRIORITY',
    ],
    ['a sticky number that reconnects this moment', 'a:CONNECTED:9 b:CONNECTING', sticky, 'b by STICKY'],
    [
      'a connected one rather than one that reconnects, by priority',
      'a:CONNECTING:9 b:CONNECTED',
      {},
      'b by PRIORITY',
    ],
    ['no sticky number of a device that is gone', 'a:CONNECTED', sticky, 'a by PRIORITY'],
  ])('is %s', (_what, devices, wishes, expected) => {
    expect(routed(devices, wishes)).toBe(expected);
  });

  it.each<[string, string, Wishes, string | null]>([
    ['on the highest priority that comes back', 'a:OFFLINE:1 b:CONNECTING:3 c:BANNED:9', {}, 'b by PRIORITY'],
    ['on the sticky number', 'a:OFFLINE:9 b:OFFLINE', sticky, 'b by STICKY'],
    [
      'on one that comes back by itself, rather than one that was replaced',
      'a:REPLACED:9 b:OFFLINE',
      {},
      'b by PRIORITY',
    ],
    ['on one that was replaced, when there is no other', 'a:REPLACED b:NOT_PAIRED:9', {}, 'a by PRIORITY'],
  ])('while none is connected, waits %s', (_what, devices, wishes, expected) => {
    expect(routed(devices, wishes)).toBe(expected);
    expect(routed(devices, { ...wishes, ...reject })).toBeNull();
  });

  it('of a scheduled message is chosen as if all were connected', () => {
    expect(routed('a:OFFLINE:9 b:CONNECTED', { isScheduled: true })).toBe('a by PRIORITY');
    expect(routed('a:CONNECTED b:OFFLINE', { ...sticky, isScheduled: true })).toBe('b by STICKY');
  });

  it.each(DEVICE_STATUSES)('takes a lone device that is %s as if it had been named', (status) => {
    const sends = status === 'CONNECTED';
    const waits = ['CONNECTING', 'OFFLINE', 'REPLACED'].includes(status);
    expect(routed(`a:${status}`)).toBe(sends || waits ? 'a by PRIORITY' : null);
    expect(routed(`a:${status}`, reject)).toBe(sends ? 'a by PRIORITY' : null);
  });

  it('is none in a subaccount without devices', () => {
    expect(
      chooseRoute([], { ...sticky, favouriteDeviceId: null, whenOffline: 'QUEUE', isScheduled: false }),
    ).toBeNull();
  });
});
