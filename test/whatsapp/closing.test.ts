import { describe, expect, it } from 'vitest';
import type { BreakAction, FaultRuleInput } from '../../src/simulator/index.js';
import {
  CLOSE_ACTIONS,
  CLOSE_REASON_BY_CODE,
  closeFromSocketError,
} from '../../src/whatsapp/baileys/close-reasons.js';
import type { CloseAction, CloseReason } from '../../src/whatsapp/index.js';
import { MemoryAuthStore } from './support/memory-auth-store.js';
import { useStage } from './support/stage.js';
import { until } from './support/until.js';

const stageOf = useStage();

const codes = [...CLOSE_REASON_BY_CODE].map(([code, reason]) => ({
  code,
  reason,
  action: CLOSE_ACTIONS[reason],
}));

describe('every close has one reason and one action', () => {
  it('erases credentials for a logout and the ends of a pairing alone', () => {
    const erasing = Object.entries(CLOSE_ACTIONS).filter(([, action]) => action === 'STOP_AND_ERASE');
    expect(erasing.map(([reason]) => reason).sort()).toEqual([
      'LOGGED_OUT',
      'PAIRING_EXPIRED',
      'PAIRING_FAILED',
      'PAIRING_REJECTED',
    ]);
  });

  it.each<[number, CloseReason, CloseAction]>([
    [400, 'CERTIFICATE_REFUSED', 'BACK_OFF'],
    [401, 'LOGGED_OUT', 'STOP_AND_ERASE'],
    [402, 'TEMPORARILY_BANNED', 'BACK_OFF'],
    [403, 'BANNED', 'STOP'],
    [405, 'CLIENT_OUTDATED', 'STOP'],
    [408, 'CONNECTION_LOST', 'BACK_OFF'],
    [409, 'CLIENT_OUTDATED', 'STOP'],
    [411, 'MULTI_DEVICE_MISMATCH', 'STOP'],
    [428, 'CONNECTION_LOST', 'BACK_OFF'],
    [440, 'REPLACED', 'STOP'],
    [500, 'BAD_SESSION', 'BACK_OFF'],
    [503, 'SERVER_UNAVAILABLE', 'BACK_OFF'],
    [515, 'RESTART_REQUIRED', 'RECONNECT_NOW'],
  ])('%i is %s: %s', (code, reason, action) => {
    expect(codes).toContainEqual({ code, reason, action });
    expect(codes).toHaveLength(13);
  });

  it('takes an unknown code for nothing final', () => {
    const error = Object.assign(new Error('Connection Failure'), { output: { statusCode: 499 } });
    expect(closeFromSocketError(error, new Date())).toMatchObject({
      reason: 'UNKNOWN',
      action: 'BACK_OFF',
      code: 499,
    });
  });
});

describe('a login that WhatsApp refuses', () => {
  it.each(codes.filter(({ code }) => ![400, 408, 428, 440, 515].includes(code)))(
    'with $code ends as $reason',
    async ({ code, reason, action }) => {
      const stage = await stageOf();
      const member = await stage.link();
      await member.session.close();
      stage.simulator.faults.add({ point: 'login', action: { kind: 'failure', reason: code } });
      const { observer, store } = stage.reopen(member);
      expect(await observer.isClosed()).toMatchObject({ reason, action, code });
      expect(store.credentials === null).toBe(action === 'STOP_AND_ERASE');
    },
  );

  it('for a while says until when', async () => {
    const stage = await stageOf();
    const member = await stage.link();
    await member.session.close();
    const attrs = { code: '101', expire: '3600' };
    stage.simulator.faults.add({ point: 'login', action: { kind: 'failure', reason: 402, attrs } });
    const { until: end } = await stage.reopen(member).observer.isClosed();
    expect(((end?.getTime() ?? 0) - Date.now()) / 60_000).toBeCloseTo(60, 0);
  });
});

describe('a connection that breaks', () => {
  it.each<[BreakAction, CloseReason]>([
    [{ kind: 'close' }, 'CONNECTION_LOST'],
    [{ kind: 'reset' }, 'CONNECTION_LOST'],
    [{ kind: 'streamEnd' }, 'CONNECTION_LOST'],
    [{ kind: 'garbage' }, 'CONNECTION_LOST'],
    [{ kind: 'streamError', code: '401', conflict: 'device_removed' }, 'LOGGED_OUT'],
    [{ kind: 'streamError', conflict: 'replaced' }, 'REPLACED'],
    [{ kind: 'streamError', code: '403' }, 'BANNED'],
    [{ kind: 'streamError', code: '500' }, 'BAD_SESSION'],
    [{ kind: 'streamError', code: '503' }, 'SERVER_UNAVAILABLE'],
    [{ kind: 'streamError', code: '515' }, 'RESTART_REQUIRED'],
  ])('by %o ends as %s, once, and the process lives', async (action, reason) => {
    const stage = await stageOf();
    const { observer, session, phone } = await stage.link();
    phone.devices[0]?.disrupt(action);
    expect(await observer.isClosed()).toMatchObject({ reason, action: CLOSE_ACTIONS[reason] });
    expect(observer.calls.filter((call) => call === 'onClosed')).toHaveLength(1);
    expect(observer.calls.at(-1)).toBe('onClosed');
    expect(session.isOpen).toBe(false);
  });

  it('because the device logged in elsewhere is REPLACED, and does not come back', async () => {
    const stage = await stageOf();
    const member = await stage.link();
    const other = stage.open({ store: member.store.snapshot() });
    await other.observer.isOpened();
    expect(await member.observer.isClosed()).toMatchObject({ reason: 'REPLACED', action: 'STOP' });
    expect(other.session.isOpen).toBe(true);
  });
});

describe('a connection that never comes to be', () => {
  it.each<[string, FaultRuleInput, CloseReason]>([
    [
      'HTTP 503 on the upgrade',
      { point: 'upgrade', action: { kind: 'http', status: 503 } },
      'UPGRADE_REFUSED',
    ],
    ['an upgrade without an answer', { point: 'upgrade', action: { kind: 'hang' } }, 'CONNECT_TIMED_OUT'],
    ['a refused connection', { point: 'upgrade', action: { kind: 'refuse' } }, 'CONNECTION_LOST'],
    ['a handshake without an answer', { point: 'handshake', action: { kind: 'hang' } }, 'CONNECT_TIMED_OUT'],
    ['a login without an answer', { point: 'login', action: { kind: 'hang' } }, 'CONNECT_TIMED_OUT'],
    [
      'a certificate that does not fit',
      { point: 'handshake', action: { kind: 'badCertificate' } },
      'CERTIFICATE_REFUSED',
    ],
  ])('because of %s ends in bounded time', async (_name, rule, reason) => {
    const stage = await stageOf();
    const member = await stage.link();
    await member.session.close();
    stage.simulator.faults.add(rule);
    // The login is bounded by itself, everything before it by the other limit.
    const timeouts = rule.point === 'login' ? { loginTimeoutMs: 500 } : { connectTimeoutMs: 300 };
    const { observer } = stage.reopen(member, { timeouts });
    expect(await observer.isClosed(3_000)).toMatchObject({ reason, action: 'BACK_OFF' });
    expect(observer.calls).toEqual(['onClosed']);
  });

  it('because nobody listens ends as CONNECTION_LOST', async () => {
    const stage = await stageOf();
    const member = await stage.link();
    await member.session.close();
    await stage.simulator.close();
    expect(await stage.reopen(member).observer.isClosed()).toMatchObject({
      reason: 'CONNECTION_LOST',
      code: 408,
    });
  });

  it('for a pairing ends in bounded time too', async () => {
    const stage = await stageOf();
    stage.simulator.faults.add({ point: 'handshake', action: { kind: 'hang' } });
    const { observer } = stage.open({
      pairing: { method: 'QR' },
      timeouts: { connectTimeoutMs: 300, loginTimeoutMs: 500 },
    });
    expect(await observer.isClosed(3_000)).toMatchObject({ reason: 'CONNECT_TIMED_OUT' });
  });
});

describe('a connection that is open and deaf', () => {
  it('is found by our own ping and ends as DEAF', async () => {
    const stage = await stageOf();
    const timeouts = { pingIntervalMs: 100, pingTimeoutMs: 150 };
    const { observer } = await stage.link({ timeouts });
    stage.simulator.faults.add({ point: 'keepalive', times: null, action: { kind: 'drop' } });
    expect(await observer.isClosed()).toMatchObject({ reason: 'DEAF', action: 'RECONNECT_NOW' });
  });

  it('is found although the other side is frozen altogether', async () => {
    const stage = await stageOf();
    const { observer, phone } = await stage.link({ timeouts: { pingIntervalMs: 100, pingTimeoutMs: 150 } });
    phone.devices[0]?.disrupt({ kind: 'freeze' });
    expect(await observer.isClosed(3_000)).toMatchObject({ reason: 'DEAF' });
  });

  it('is not found where pings are answered', async () => {
    const stage = await stageOf();
    const { session } = await stage.link({ timeouts: { pingIntervalMs: 30, pingTimeoutMs: 500 } });
    const pings = () => stage.simulator.ledger.entries().filter((entry) => entry.xmlns === 'w:p').length;
    await until(() => pings() >= 4, 'some pings');
    expect(session.isOpen).toBe(true);
  });
});

describe('closing', () => {
  it('keeps the link, tells it last, and can be asked for twice', async () => {
    const stage = await stageOf();
    const { session, observer, phone, store } = await stage.link();
    await Promise.all([session.close(), session.close()]);
    expect(observer.closed).toMatchObject({ reason: 'CLOSED_BY_US', action: 'STOP' });
    expect(observer.calls.filter((call) => call === 'onClosed')).toHaveLength(1);
    expect(phone.devices).toHaveLength(1);
    expect(store.credentials).not.toBeNull();
  });

  it('takes less than two seconds on a dead link with requests under way', async () => {
    const stage = await stageOf();
    const { session, phone } = await stage.link();
    phone.devices[0]?.disrupt({ kind: 'freeze' });
    const asked = session.findOnWhatsApp('628123123123').catch((error: unknown) => error);
    const startedAt = performance.now();
    await session.close();
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(await asked).toMatchObject({ reason: 'WHATSAPP_UNANSWERED' });
  });

  it.each(['at once', 'while connecting', 'while pairing'])('works %s', async (moment) => {
    const stage = await stageOf();
    stage.simulator.faults.add({ point: 'handshake', times: null, action: { kind: 'hang' } });
    if (moment === 'while pairing') stage.simulator.faults.clear();
    const { session, observer } = stage.open({ pairing: { method: 'QR' } });
    if (moment === 'while connecting') await new Promise((resolve) => setTimeout(resolve, 30));
    if (moment === 'while pairing') await until(() => observer.qrs[0], 'the QR');
    const startedAt = performance.now();
    await session.close();
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(observer.closed).toMatchObject({ reason: 'CLOSED_BY_US' });
  });

  it('leaves no sockets and no timers', async () => {
    const stage = await stageOf();
    const held = () => process.getActiveResourcesInfo().filter((name) => /Timeout|TCP/.test(name)).length;
    const member = await stage.link();
    await until(() => member.observer.calls.includes('onCaughtUp'), 'the end of the catch-up');
    await member.session.close();
    const before = held();
    const { session, observer } = stage.reopen(member);
    await until(() => observer.calls.includes('onCaughtUp'), 'the end of the catch-up');
    await session.findOnWhatsApp('628123123123');
    expect(held()).toBeGreaterThan(before);
    await session.close();
    await until(() => held() <= before, 'everything to be let go', 1_000);
  });

  it('happens when the observer fails', async () => {
    const stage = await stageOf();
    const { observer, phone } = await stage.link();
    const sender = stage.simulator.createPhone();
    observer.before = (call) => {
      if (call === 'onInbox') throw new Error('the product is broken');
    };
    await sender.sendText(phone.number, 'hello');
    expect(await observer.isClosed()).toMatchObject({
      reason: 'OBSERVER_FAILED',
      detail: 'the product is broken',
    });
  });

  it('happens when the credentials cannot be loaded', async () => {
    const stage = await stageOf();
    const store = new MemoryAuthStore();
    store.loadCredentials = () => Promise.reject(new Error('the database is away'));
    const { observer } = stage.open({ store });
    expect(await observer.isClosed()).toMatchObject({ reason: 'STORE_FAILED', action: 'BACK_OFF' });
  });
});

describe('a reach-out lock', () => {
  it('is told with its end', async () => {
    const stage = await stageOf();
    const { observer, phone } = await stage.link();
    phone.setReachoutTimelock({ endsInSeconds: 600, type: 'BIZ_QUALITY' });
    const lock = await until(() => observer.locks[0], 'the lock');
    expect(lock.active).toBe(true);
    expect(((lock.endsAt?.getTime() ?? 0) - Date.now()) / 60_000).toBeCloseTo(10, 0);
    phone.setReachoutTimelock(null);
    expect(await until(() => observer.locks[1], 'its end')).toMatchObject({ active: false });
  });
});
