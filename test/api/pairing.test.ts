import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { seed } from '../support/seed.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const PNG_SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

describe('pairing by QR', () => {
  it('tells the state of now first, then what to scan, then the end', async () => {
    const device = await seed(server).agency().subaccount().device();
    await device.do('pairDevice');
    const pairing = device.followPairing();
    const shown = await pairing.first((each) => each.qr !== null);
    expect(shown).toMatchObject({
      method: 'QR',
      state: 'WAITING_FOR_SCAN',
      code: null,
      attempt: 1,
      failure: null,
    });
    expect(new Date(shown.expiresAt ?? 0).getTime()).toBeGreaterThan(Date.now());

    const late = device.followPairing();
    expect((await late.atLeast(1))[0]).toEqual(shown);

    await device.phone.scan(shown.qr ?? '');
    const ended = await pairing.first((each) => each.state === 'SUCCEEDED');
    expect(ended).toMatchObject({ qr: null, qrImage: null, expiresAt: null, failure: null });
    await eventually(() => pairing.isOver).toBe(true);
    await device.becomes('CONNECTED');
    // The name is told by the phone's first sync, after the login.
    const { number: phoneNumber, name: profileName } = device.phone;
    await eventually(() => device.read('phoneNumber profileName')).toEqual({ phoneNumber, profileName });
  });

  it('draws the QR text as a PNG that a browser shows', async () => {
    const device = await seed(server).agency().subaccount().device();
    await device.do('pairDevice');
    const { qrImage } = await device.followPairing().first((each) => each.qr !== null);
    const [head, base64 = ''] = (qrImage ?? '').split(',');
    expect(head).toBe('data:image/png;base64');
    const png = Buffer.from(base64, 'base64');
    expect(png.subarray(0, 8)).toEqual(PNG_SIGNATURE);
    await device.do('cancelPairing');
  });

  it('shows one QR after the other until all are used up', async () => {
    const hasty = await startTestServer({ timeouts: { qrTimeoutMs: 300 } });
    try {
      const device = await seed(hasty).agency().subaccount().device();
      await device.do('pairDevice');
      const pairing = device.followPairing();
      await pairing.first((each) => each.state === 'EXPIRED');
      const shown = new Map(
        pairing.items.filter((each) => each.qr !== null).map((each) => [each.qr, each.attempt]),
      );
      const attempts = [...shown.values()];
      expect(attempts.length).toBeGreaterThanOrEqual(3);
      expect(attempts).toEqual([...new Set(attempts)].sort());
      expect(pairing.items.at(-1)).toMatchObject({ qr: null, code: null, failure: null });
      expect(await device.status()).toBe('PAIRING_EXPIRED');

      await device.connect();
    } finally {
      await hasty.stop();
    }
  });
});

describe('pairing by code', () => {
  it('shows a code to type on the phone with that number', async () => {
    const device = await seed(server).agency().subaccount().device();
    const { phone } = device;
    await device.do('pairDevice', { method: 'PHONE_CODE', phoneNumber: `+${phone.number}` });
    const pairing = device.followPairing();
    const shown = await pairing.first((each) => each.code !== null);
    expect(shown).toMatchObject({ method: 'PHONE_CODE', state: 'WAITING_FOR_SCAN', qr: null, qrImage: null });
    expect(shown.code).toMatch(/^[A-Z0-9]{8}$/);

    await phone.enterCode(shown.code ?? '');
    const ended = await pairing.first((each) => each.state === 'SUCCEEDED');
    expect(ended.code).toBeNull();
    await device.becomes('CONNECTED');
  });
});

describe('a number that is live elsewhere', () => {
  const places = [
    [
      'subaccounts of one agency',
      () => {
        const agency = seed(server).agency();
        return [agency.subaccount().device(), agency.subaccount().device()] as const;
      },
    ],
    [
      'agencies',
      () =>
        [seed(server).agency().subaccount().device(), seed(server).agency().subaccount().device()] as const,
    ],
  ] as const;

  it.each(places)('is won by exactly one of two %s that pair it at once', async (_where, open) => {
    const [one, other] = await Promise.all(open());
    const { phone } = one;
    const codes = await Promise.all([one.showQr(), other.showQr()]);
    await Promise.all(codes.map((qr) => phone.scan(qr)));

    const statuses = () => Promise.all([one.status(), other.status()]);
    await eventually(async () => (await statuses()).sort()).toEqual(['CONNECTED', 'REJECTED']);
    const loser = (await one.status()) === 'REJECTED' ? one : other;
    await eventually(() => phone.devices.length).toBe(1);
    expect(await loser.read('phoneNumber profileName attention pairing { state failure }')).toEqual({
      phoneNumber: null,
      profileName: null,
      attention: ['NUMBER_IN_USE'],
      pairing: { state: 'FAILED', failure: 'NUMBER_IN_USE' },
    });
  });

  it('stays where it is, undisturbed', async () => {
    const holder = await seed(server).agency().subaccount().device({ connected: true });
    const thief = await seed(server).agency().subaccount().device();
    await holder.phone.scan(await thief.showQr());
    await thief.becomes('REJECTED');
    await eventually(() => holder.phone.devices.length).toBe(1);
    const { id } = await holder.send({ to: thief.phone.number, text: 'still here' });
    await holder.messageBecomes(id, 'DELIVERED');
  });
});

describe('a subaccount that wants business accounts', () => {
  it('rejects a private one and removes its link again', async () => {
    const device = await seed(server).agency().subaccount({ requireBusinessAccount: true }).device();
    await device.phone.scan(await device.showQr());
    await device.becomes('REJECTED');
    await eventually(() => device.phone.devices.length).toBe(0);
    expect(await device.read('attention pairing { state failure }')).toEqual({
      attention: ['NOT_A_BUSINESS_ACCOUNT'],
      pairing: { state: 'FAILED', failure: 'NOT_A_BUSINESS_ACCOUNT' },
    });
  });

  it('takes a business account, also after a rejected one', async () => {
    const device = await seed(server).agency().subaccount({ requireBusinessAccount: true }).device();
    await device.phone.scan(await device.showQr());
    await device.becomes('REJECTED');
    const shop = server.simulator.createPhone({ business: true });
    await shop.scan(await device.showQr());
    await device.becomes('CONNECTED');
    expect(await device.read('business phoneNumber')).toEqual({ business: true, phoneNumber: shop.number });
  });
});

describe('canceling a pairing', () => {
  it('ends it for its followers and for the phone, and another can begin', async () => {
    const device = await seed(server).agency().subaccount().device();
    const qr = await device.showQr();
    const pairing = device.followPairing();
    await pairing.atLeast(1);
    await device.do('cancelPairing');
    await pairing.first((each) => each.state === 'CANCELED');
    await eventually(() => pairing.isOver).toBe(true);
    expect(await device.status()).toBe('NOT_PAIRED');
    await eventually(() =>
      device.phone.scan(qr).then(
        () => 'linked',
        () => 'refused',
      ),
    ).toBe('refused');

    await device.connect();
    expect(device.phone.devices).toHaveLength(1);
  });
});
