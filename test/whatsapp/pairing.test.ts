import { describe, expect, it } from 'vitest';
import { RecordingObserver } from './support/recording-observer.js';
import { useStage } from './support/stage.js';
import { until } from './support/until.js';

const stageOf = useStage();

describe('pairing by QR', () => {
  it('goes on from code to open over the restart that WhatsApp asks for', async () => {
    const stage = await stageOf();
    const { observer, session, store, phone } = await stage.link({ name: 'Ayu' });
    const calls = observer.calls.filter((call) => call !== 'onCaughtUp' && call !== 'onRenamed');
    expect(calls).toEqual(['onQr', 'onPaired', 'onOpen']);
    expect(observer.opened).toMatchObject({
      phoneNumber: phone.number,
      lid: `${phone.lid}@lid`,
      platform: 'android',
      business: false,
    });
    expect(session.isOpen).toBe(true);
    expect(session.identity).toEqual(observer.opened);
    expect(store.credentials).not.toBeNull();
  });

  it('tells the name of a private account when the phone has told it', async () => {
    const stage = await stageOf();
    const { observer } = await stage.link({ name: 'Ayu' });
    expect(observer.opened?.name).toBeNull();
    await until(() => observer.names.includes('Ayu'), 'the name');
  });

  it('tells a business account from a private one', async () => {
    const stage = await stageOf();
    const { observer } = await stage.link({ business: true, name: 'Budi Motors' });
    expect(observer.paired).toMatchObject({ business: true, platform: 'smba', name: 'Budi Motors' });
  });

  it('shows each code with its number and its end, and ends when all are used up', async () => {
    const stage = await stageOf();
    const before = Date.now();
    const { observer, store } = stage.open({ pairing: { method: 'QR' }, timeouts: { qrTimeoutMs: 60 } });
    const close = await observer.isClosed();
    expect(close).toMatchObject({ reason: 'PAIRING_EXPIRED', action: 'STOP_AND_ERASE' });
    expect(observer.qrs.map((qr) => qr.attempt)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(new Set(observer.qrs.map((qr) => qr.text)).size).toBe(6);
    for (const qr of observer.qrs) expect(qr.expiresAt.getTime()).toBeGreaterThanOrEqual(before + 60);
    expect(store).toMatchObject({ credentials: null, erasures: 1 });
  });

  it('removes a link again that the product does not want, and erases it', async () => {
    const stage = await stageOf();
    const phone = stage.simulator.createPhone();
    const observer = new RecordingObserver();
    observer.wanted = false;
    const { store } = stage.open({ pairing: { method: 'QR' }, observer });
    await phone.scan((await until(() => observer.qrs[0], 'the QR')).text);
    const close = await observer.isClosed();
    expect(close).toMatchObject({ reason: 'PAIRING_REJECTED', action: 'STOP_AND_ERASE' });
    expect(close.detail).toBe('the link was removed again');
    expect(phone.devices).toEqual([]);
    expect(observer.calls).not.toContain('onOpen');
    expect(store.credentials).toBeNull();
    expect(store.keys.size).toBe(0);
  });

  it('tries again when the connection breaks while an unwanted link is removed', async () => {
    const stage = await stageOf();
    const phone = stage.simulator.createPhone();
    const observer = new RecordingObserver();
    observer.wanted = false;
    stage.open({ pairing: { method: 'QR' }, observer });
    const qr = await until(() => observer.qrs[0], 'the QR');
    stage.simulator.faults.add({
      point: 'login',
      match: { number: phone.number },
      action: { kind: 'close' },
    });
    await phone.scan(qr.text);
    expect((await observer.isClosed()).detail).toBe('the link was removed again');
    expect(phone.devices).toEqual([]);
  });

  it('asks again whether a link is wanted that was made just before a crash', async () => {
    const stage = await stageOf();
    const phone = stage.simulator.createPhone();
    const crashed = new RecordingObserver();
    const first = stage.open({ pairing: { method: 'QR' }, observer: crashed });
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    crashed.before = (call) => (call === 'onPaired' ? held : undefined);
    await phone.scan((await until(() => crashed.qrs[0], 'the QR')).text);
    await until(() => crashed.calls.includes('onPaired'), 'onPaired');
    const again = stage.open({ store: first.store.snapshot() });
    await again.observer.isOpened();
    expect(again.observer.calls.slice(0, 2)).toEqual(['onPaired', 'onOpen']);
    release();
  });

  it('goes on with another code when WhatsApp never learned that the phone confirmed', async () => {
    const stage = await stageOf();
    const phone = stage.simulator.createPhone();
    stage.simulator.faults.add({ point: 'pairing', action: { kind: 'reset' } });
    const pairing = { method: 'QR' } as const;
    const first = stage.open({ pairing });
    await phone.scan((await until(() => first.observer.qrs[0], 'the QR')).text).catch(() => undefined);
    expect(await first.observer.isClosed()).toMatchObject({ reason: 'CONNECTION_LOST', action: 'BACK_OFF' });
    expect(first.observer.calls).not.toContain('onPaired');
    expect(first.store.credentials).toBeNull();
    const second = stage.reopen(first, { pairing });
    await phone.scan((await until(() => second.observer.qrs[0], 'the next QR')).text);
    await second.observer.isOpened();
    expect(phone.devices).toHaveLength(1);
  });

  it('makes no link that nobody could log in with: what cannot be stored is not answered', async () => {
    const stage = await stageOf();
    const phone = stage.simulator.createPhone();
    const pairing = { method: 'QR' } as const;
    const fenced = stage.open({ pairing });
    fenced.store.fenced = true;
    await phone.scan((await until(() => fenced.observer.qrs[0], 'the QR')).text).catch(() => undefined);
    expect(await fenced.observer.isClosed()).toMatchObject({ reason: 'FENCED' });
    expect(phone.devices).toEqual([]);
    const heir = stage.open({ pairing });
    await phone.scan((await until(() => heir.observer.qrs[0], 'the next QR')).text);
    await heir.observer.isOpened();
    expect(phone.devices).toHaveLength(1);
  });

  it('answers the phone as soon as its confirmation is stored', async () => {
    const stage = await stageOf();
    const phone = stage.simulator.createPhone();
    const { store, observer } = stage.open({ pairing: { method: 'QR' } });
    let linkedBefore = -1;
    store.beforeCommit = () => {
      if (linkedBefore < 0) linkedBefore = phone.devices.length;
      return new Promise((resolve) => setImmediate(resolve));
    };
    await phone.scan((await until(() => observer.qrs[0], 'the QR')).text);
    await observer.isOpened();
    expect(linkedBefore).toBe(0);
    expect(phone.devices).toHaveLength(1);
  });

  it('leaves a live link alone when it is asked to pair again', async () => {
    const stage = await stageOf();
    const member = await stage.link();
    await member.session.close();
    const { observer } = stage.reopen(member, { pairing: { method: 'QR' } });
    expect(await observer.isClosed()).toMatchObject({ reason: 'PAIRING_FAILED', action: 'STOP' });
    expect(member.store.credentials).not.toBeNull();
  });

  it('needs credentials to log in', async () => {
    const stage = await stageOf();
    const { observer } = stage.open();
    expect(await observer.isClosed()).toMatchObject({ reason: 'LOGGED_OUT', action: 'STOP_AND_ERASE' });
  });
});

describe('pairing by code', () => {
  it('links the phone on which the code is typed', async () => {
    const stage = await stageOf();
    const phone = stage.simulator.createPhone();
    const { observer } = stage.open({ pairing: { method: 'PHONE_CODE', phoneNumber: phone.number } });
    const { code, attempt, expiresAt } = await until(() => observer.codes[0], 'the code');
    expect({ attempt, length: code.length }).toEqual({ attempt: 1, length: 8 });
    expect(expiresAt.getTime() - Date.now()).toBeGreaterThan(100_000);
    await phone.enterCode(code);
    expect(await observer.isOpened()).toMatchObject({ phoneNumber: phone.number });
    expect(observer.qrs).toEqual([]);
  });

  it('leaves nothing behind when it is abandoned, and can be tried again', async () => {
    const stage = await stageOf();
    const phone = stage.simulator.createPhone();
    const pairing = { method: 'PHONE_CODE', phoneNumber: phone.number } as const;
    const { observer, session, store } = stage.open({ pairing });
    await until(() => observer.codes[0], 'the code');
    await session.close();
    expect(observer.closed).toMatchObject({ reason: 'CLOSED_BY_US' });
    expect(store.credentials).toBeNull();
    const again = stage.open({ pairing, store });
    await phone.enterCode((await until(() => again.observer.codes[0], 'another code')).code);
    await again.observer.isOpened();
  });
});

describe('logging out', () => {
  it('takes the device off the phone and erases the credentials', async () => {
    const stage = await stageOf();
    const { session, observer, store, phone } = await stage.link();
    await session.logOut();
    expect(observer.closed).toMatchObject({ reason: 'LOGGED_OUT', action: 'STOP_AND_ERASE' });
    expect(phone.devices).toEqual([]);
    expect(store.credentials).toBeNull();
  });
});
