import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Phone } from '../../src/simulator/index.js';
import { eventually, succeeds } from '../support/eventually.js';
import { seed } from '../support/seed.js';
import type { SeededDevice } from '../support/seeded-device.js';
import { startFaultyServer } from './support/faulty-server.js';
import type { FaultyServer } from './support/faulty-server.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

/** Many more than may be tried at once. */
const STORM = 20;

let faulty: FaultyServer;
let device: SeededDevice;
let customer: Phone;
beforeEach(async () => {
  faulty = await startFaultyServer();
  device = await seed(faulty.server).agency().subaccount().device({ connected: true });
  customer = faulty.simulator.createPhone();
});
afterEach(() => faulty[Symbol.asyncDispose]());

const arrives = (phone: Phone, text: string) =>
  phone.waitForMessage((message) => message.text === text, 60_000);

describe('the stored Signal session of a peer that is damaged', () => {
  it('costs that peer a new one: the device stays, and both sides read each other again', async () => {
    const other = faulty.simulator.createPhone();
    for (const phone of [customer, other]) {
      await device.send({ to: phone.number, text: 'before' });
      await arrives(phone, 'before');
      await phone.sendText(device.phone.number, `answer of ${phone.number}`);
      await device.messageWith(`answer of ${phone.number}`);
    }
    const damaged = await faulty.rows(
      `update signal_key set value = substr(value, 1, 20) || '\\x00'::bytea || substr(value, 22)
       where type = 'session' returning key_id`,
    );
    expect(damaged.length).toBeGreaterThan(1);
    await device.do('reconnectDevice');
    await device.becomes('CONNECTED');

    await customer.sendText(device.phone.number, 'can you read this?');
    await device.messageWith('can you read this?');
    await device.send({ to: other.number, text: 'after' });
    await arrives(other, 'after');
    expect(await device.status()).toBe('CONNECTED');
    expect(faulty.simulator.ledger.reusedKeys()).toEqual([]);
    expect(device.phone.devices).toHaveLength(1);
  });
});

describe('a storm of messages that cannot be read', () => {
  it('is shown and told as such, ends no connection, and holds up nobody else', async () => {
    const bystander = await seed(faulty.server).agency().subaccount().device({ connected: true });
    const match = { number: device.phone.number };
    const connections = () => faulty.simulator.ledger.connections({ accountNumber: device.phone.number });
    const before = connections().length;
    faulty.simulator.faults.add({ point: 'delivery', match, times: STORM, action: { kind: 'corrupt' } });
    const storm = Array.from({ length: STORM }, (_, number) =>
      customer.sendText(device.phone.number, `noise ${String(number)}`),
    );
    const friend = faulty.simulator.createPhone();
    await bystander.send({ to: friend.number, text: 'calm here' });
    await arrives(friend, 'calm here');
    await Promise.all(storm);

    await friend.sendText(device.phone.number, 'can you still hear me?');
    await device.messageWith('can you still hear me?');
    await succeeds(async () => {
      expect(await faulty.rows(`select from event where topic = 'device.messages_unreadable'`)).not.toEqual(
        [],
      );
    });
    await eventually(async () => (await device.messages()).length).toBeGreaterThanOrEqual(STORM / 2);
    await customer.sendText(device.phone.number, 'and this one?');
    await device.messageWith('and this one?');
    expect(connections()).toHaveLength(before);
    expect(await device.status()).toBe('CONNECTED');
    const asked = faulty.simulator.ledger.entries().filter(({ type }) => type === 'retry').length;
    expect(asked).toBeLessThanOrEqual(STORM * 5);
  });
});
