import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { seed } from '../support/seed.js';
import type { SeededDevice } from '../support/seeded-device.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const connected = (): PromiseLike<SeededDevice> =>
  seed(server).agency().subaccount().device({ connected: true });

/** Proves that a device really works: a message reaches a phone. */
async function delivers(device: SeededDevice): Promise<void> {
  const customer = server.simulator.createPhone();
  const { id } = await device.send({ to: customer.number, text: 'are we live?' });
  await customer.waitForMessage((message) => message.text === 'are we live?');
  await device.messageBecomes(id, 'READ');
}

const connectionsOf = ({ phone }: SeededDevice): number =>
  server.simulator.ledger.connections({ accountNumber: phone.number }).length;

describe('a device that its people control', () => {
  it('connects anew when asked to, with the same link', async () => {
    const device = await connected();
    const before = connectionsOf(device);
    await device.do('reconnectDevice');
    await eventually(() => connectionsOf(device)).toBe(before + 1);
    await device.becomes('CONNECTED');
    expect(device.phone.devices).toHaveLength(1);
    await delivers(device);
  });

  it('is off the phone after a logout, and its number may be paired elsewhere', async () => {
    const device = await connected();
    await device.do('logoutDevice');
    expect(await device.read('status attention')).toEqual({ status: 'LOGGED_OUT', attention: [] });
    await eventually(() => device.phone.devices.length).toBe(0);

    const other = await seed(server).agency().subaccount().device();
    await device.phone.scan(await other.showQr());
    await other.becomes('CONNECTED');
  });

  it('leaves one link on the phone when it is paired again right after a logout', async () => {
    const device = await connected();
    await device.do('logoutDevice');
    await device.connect();
    await eventually(() => device.phone.devices.length).toBe(1);
    await delivers(device);
  });

  it('rests while suspended and goes on with the same link when resumed', async () => {
    const device = await connected();
    const { link } = device;
    await device.do('suspendDevice', { reason: 'unpaid invoice' });
    expect(await device.read('status suspendReason')).toEqual({
      status: 'SUSPENDED',
      suspendReason: 'unpaid invoice',
    });
    await eventually(() => link.connected).toBe(false);
    expect((await device.api.mutationRefusal('reconnectDevice', { deviceId: device.id })).reason).toBe(
      'DEVICE_SUSPENDED',
    );

    await device.do('resumeDevice');
    await device.becomes('CONNECTED');
    expect(device.phone.devices).toEqual([link]);
    await delivers(device);
  });

  it('is gone after its deletion: the link, the number, the token, the id', async () => {
    const device = await connected();
    const own = device.api.as(device.token);
    expect(await own.ask('{ viewer { kind } }')).toEqual({ viewer: { kind: 'DEVICE_TOKEN' } });

    const { deletedId } = await device.api.mutate<{ deletedId: string }>(
      'deleteDevice',
      { deviceId: device.id },
      'deletedId',
    );
    expect(deletedId).toBe(device.id);
    await eventually(() => device.phone.devices.length).toBe(0);
    expect(
      await device.api.refusal('query ($id: ID!) { device(id: $id) { id } }', { id: device.id }),
    ).toMatchObject({
      code: 'NOT_FOUND',
    });
    expect(await own.refusal('{ viewer { kind } }')).toMatchObject({ status: 401, reason: 'TOKEN_INVALID' });

    const heir = await seed(server).agency().subaccount().device();
    await device.phone.scan(await heir.showQr());
    await heir.becomes('CONNECTED');
  });
});

describe('what WhatsApp does to a device', () => {
  it('waits for a person after another program took over its link (440)', async () => {
    const device = await connected();
    const before = connectionsOf(device);
    device.link.disrupt({ kind: 'streamError', code: '440', conflict: 'replaced' });
    await device.becomes('REPLACED');
    expect(await device.read('attention lastDisconnectReason')).toEqual({
      attention: ['SESSION_CONFLICT'],
      lastDisconnectReason: 'REPLACED',
    });
    expect(connectionsOf(device)).toBe(before);

    await device.do('reconnectDevice');
    await device.becomes('CONNECTED');
    await delivers(device);
  });

  it('is logged out when its owner removes it on the phone, and can be paired again', async () => {
    const device = await connected();
    device.phone.unlink(device.link);
    await device.becomes('LOGGED_OUT');
    expect(await device.read('attention')).toEqual({ attention: ['RELINK_REQUIRED'] });

    await device.connect();
    await delivers(device);
  });

  it('is banned with its number, and comes back when the ban is lifted', async () => {
    const device = await connected();
    device.phone.setBanned(true);
    await device.becomes('BANNED');
    expect(await device.read('attention')).toEqual({ attention: ['NUMBER_BANNED'] });

    device.phone.setBanned(false);
    await device.do('reconnectDevice');
    await device.becomes('CONNECTED');
    await delivers(device);
  });

  it('comes back by itself after a lost connection', async () => {
    const device = await connected();
    const before = connectionsOf(device);
    device.link.disrupt({ kind: 'reset' });
    await eventually(() => connectionsOf(device)).toBe(before + 1);
    await device.becomes('CONNECTED');
    await delivers(device);
  });
});
