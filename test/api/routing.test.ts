import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seed } from '../support/seed.js';
import type { SeededSubaccount } from '../support/seed.js';
import type { SeededDevice } from '../support/seeded-device.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

interface Routed {
  readonly id: string;
  readonly replayed: boolean;
  readonly rule: string;
  readonly deviceId: string;
}

interface Team {
  readonly place: SeededSubaccount;
  readonly sales: SeededDevice;
  readonly support: SeededDevice;
}

/** A subaccount with two connected numbers. */
async function createTeam(): Promise<Team> {
  const place = seed(server).agency().subaccount();
  const [sales, support] = await Promise.all([
    place.device({ connected: true, label: 'Sales' }),
    place.device({ connected: true, label: 'Support' }),
  ]);
  return { place: await place, sales, support };
}

const ROUTED = 'message { id device { id } routing { rule device { id } } } replayed';

async function send(place: SeededSubaccount, to: string, more: object = {}): Promise<Routed> {
  const { message, replayed } = await place.api.mutate<{
    message: { id: string; device: { id: string }; routing: { rule: string; device: { id: string } } };
    replayed: boolean;
  }>('sendMessage', { subaccountId: place.id, to, text: 'hello', ...more }, ROUTED);
  expect(message.routing.device).toEqual(message.device);
  return { id: message.id, replayed, rule: message.routing.rule, deviceId: message.device.id };
}

const by = (device: SeededDevice, rule: string) => ({ deviceId: device.id, rule });

function customerOf(): ReturnType<TestServer['simulator']['createPhone']> {
  return server.simulator.createPhone();
}

describe('a message to a subaccount', () => {
  it('F8, F18: leaves by the number of the highest priority, from the moment that it is set', async () => {
    const { place, sales, support } = await createTeam();
    const customer = customerOf();

    await support.do('updateDevice', { priorityLevel: 'HIGH' });
    expect(await send(place, customer.number)).toMatchObject(by(support, 'PRIORITY'));
    await sales.do('updateDevice', { priorityLevel: 'HIGH' });
    await support.do('updateDevice', { priorityLevel: 'MEDIUM' });
    const { id, ...choice } = await send(place, customer.number, { text: 'by sales' });
    expect(choice).toMatchObject(by(sales, 'PRIORITY'));

    const received = await customer.waitForMessage(({ text }) => text === 'by sales', 30_000);
    expect(received.from).toContain(sales.phone.number);
    expect(await sales.read('priority priorityLevel health')).toEqual({
      priority: 1_000,
      priorityLevel: 'HIGH',
      health: 'CONNECTED',
    });
    await sales.messageBecomes(id, 'READ');
  });

  it('F18: fails over to the next number, and waits for the best one when none can leave', async () => {
    const { place, sales, support } = await createTeam();
    const { number } = customerOf();
    await sales.do('updateDevice', { priority: 10 });
    await sales.do('suspendDevice');
    expect(await send(place, number)).toMatchObject(by(support, 'PRIORITY'));

    await support.do('suspendDevice');
    const input = { subaccountId: place.id, to: number, text: 'hello' };
    expect(await place.api.mutationRefusal('sendMessage', input)).toMatchObject({
      code: 'INVALID_STATE',
      reason: 'NO_DEVICE_PAIRED',
    });

    for (const { phone } of [sales, support]) {
      const match = { number: phone.number };
      server.simulator.faults.add({
        point: 'login',
        match,
        times: null,
        action: { kind: 'failure', reason: 503 },
      });
    }
    await sales.do('resumeDevice');
    await support.do('resumeDevice');
    await sales.becomes('OFFLINE');
    await support.becomes('OFFLINE');
    expect(await place.api.mutationRefusal('sendMessage', { ...input, whenOffline: 'REJECT' })).toMatchObject(
      {
        code: 'UNAVAILABLE',
        reason: 'NO_DEVICE_CONNECTED',
      },
    );
    expect(await send(place, number)).toMatchObject(by(sales, 'PRIORITY'));
    server.simulator.faults.clear();
  });

  it('F19: goes by the number that the person last began to write to, then by the favourite', async () => {
    const { place, sales, support } = await createTeam();
    const customer = customerOf();
    await sales.do('updateDevice', { priorityLevel: 'HIGH' });

    await customer.sendText(sales.phone.number, 'do you sell?');
    const { conversation } = await sales.messageWith('do you sell?');
    await support.do('updateDevice', { priority: 1_000 });
    expect(await send(place, customer.number)).toMatchObject(by(sales, 'STICKY'));

    await customer.sendText(support.phone.number, 'it broke');
    await support.messageWith('it broke');
    await customer.sendText(sales.phone.number, 'and another one?');
    await sales.messageWith('and another one?');
    expect(await send(place, customer.number)).toMatchObject(by(support, 'STICKY'));

    const contactId = conversation.contact?.id ?? '';
    const { contact } = await place.api.mutate<{ contact: object }>(
      'setFavouriteDevice',
      { contactId, deviceId: sales.id },
      'contact { favouriteDevice { label } stickyDevice { label } }',
    );
    expect(contact).toEqual({ favouriteDevice: { label: 'Sales' }, stickyDevice: { label: 'Support' } });
    expect(await send(place, customer.number)).toMatchObject(by(support, 'STICKY'));
    await support.do('suspendDevice');
    expect(await send(place, customer.number)).toMatchObject(by(sales, 'FAVOURITE'));
    expect(
      await sales.send({ to: customer.number, text: 'named' }).then(({ id }) => routingOf(place, id)),
    ).toEqual({ rule: 'EXPLICIT', device: { id: sales.id } });
  });

  it('answers a repetition with the message of then, however the devices are now', async () => {
    const { place, sales, support } = await createTeam();
    const { number } = customerOf();
    await sales.do('updateDevice', { priorityLevel: 'HIGH' });
    const first = await send(place, number, { idempotencyKey: 'once' });
    expect(first).toMatchObject({ ...by(sales, 'PRIORITY'), replayed: false });

    await sales.do('suspendDevice');
    await support.do('suspendDevice');
    expect(await send(place, number, { idempotencyKey: 'once' })).toEqual({ ...first, replayed: true });
    const named = { deviceId: sales.id, to: number, text: 'hello', idempotencyKey: 'once' };
    expect(await place.api.mutationRefusal('sendMessage', named)).toMatchObject({
      reason: 'IDEMPOTENCY_KEY_REUSED',
    });
  });

  it('with the token of a device leaves by that device alone', async () => {
    const { place, sales, support } = await createTeam();
    await support.do('updateDevice', { priorityLevel: 'HIGH' });
    const device = { ...place, api: place.api.as(sales.token) };
    expect(await send(device, customerOf().number)).toMatchObject(by(sales, 'PRIORITY'));
  });
});

async function routingOf(place: SeededSubaccount, id: string): Promise<object | null> {
  const query = 'query ($id: ID!) { message(id: $id) { routing { rule device { id } } } }';
  return (await place.api.ask<{ message: { routing: object | null } }>(query, { id })).message.routing;
}

it('what was received was routed by nobody', async () => {
  const device = await seed(server).agency().subaccount().device({ connected: true });
  await customerOf().sendText(device.phone.number, 'hello there');
  expect(await routingOf(device.subaccount, (await device.messageWith('hello there')).id)).toBeNull();
});

it('a request names a device or a subaccount, and not both', async () => {
  const device = await seed(server).agency().subaccount().device();
  for (const target of [{}, { deviceId: device.id, subaccountId: device.subaccount.id }]) {
    expect(
      await device.api.mutationRefusal('sendMessage', { ...target, to: '6281200000001', text: 'hello' }),
    ).toMatchObject({ code: 'BAD_USER_INPUT', fields: ['input.deviceId', 'input.subaccountId'] });
  }
});

it('a favourite is a device of the same subaccount', async () => {
  const agency = seed(server).agency();
  const device = await agency.subaccount().device({ connected: true });
  const other = await agency.subaccount().device();
  await customerOf().sendText(device.phone.number, 'hello');
  const contactId = (await device.messageWith('hello')).conversation.contact?.id;
  const name = (deviceId: string) =>
    device.subaccount.agency.api.mutationRefusal('setFavouriteDevice', { contactId, deviceId });
  expect(await name(other.id)).toMatchObject({ code: 'BAD_USER_INPUT', fields: ['input.deviceId'] });
  await device.do('deleteDevice');
  expect(await name(device.id)).toMatchObject({ code: 'NOT_FOUND' });
});
