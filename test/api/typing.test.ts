import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Phone } from '../../src/simulator/index.js';
import { eventually } from '../support/eventually.js';
import { seed } from '../support/seed.js';
import type { SeededDevice } from '../support/seeded-device.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';

const FOLLOW = 'subscription ($id: ID!) { contactTyping(conversationId: $id) { typing } }';

let server: TestServer;
let device: SeededDevice;
let customer: Phone;
let stranger: Phone;
let conversationId: string;
beforeAll(async () => {
  server = await startTestServer();
  device = await seed(server).agency().subaccount().device({ connected: true });
  customer = server.simulator.createPhone();
  stranger = server.simulator.createPhone();
  await customer.sendText(device.phone.number, 'hello');
  await stranger.sendText(device.phone.number, 'me too');
  conversationId = (await device.messageWith('hello')).conversation.id;
  await device.messageWith('me too');
}, 60_000);
afterAll(() => server.stop());

const setTyping = (typing: boolean): Promise<unknown> =>
  device.api.mutate('setTyping', { conversationId, typing }, 'typing');
const states = (phone: Phone): string[] => phone.observed.map(({ state }) => state);

describe('typing', () => {
  it('of ours is seen by the customer, and nobody else', async () => {
    await setTyping(true);
    await eventually(() => states(customer)).toEqual(['composing']);
    await setTyping(false);
    await eventually(() => states(customer)).toEqual(['composing', 'paused']);
    expect(states(stranger)).toEqual([]);
  });

  it('of the customer is told while it happens, that of others is not', async () => {
    const typing = device.api.follow<{ typing: boolean }>('contactTyping', FOLLOW, { id: conversationId });
    await eventually(() => {
      stranger.setTyping(device.phone.number, true);
      customer.setTyping(device.phone.number, true);
      return typing.items;
    }).toEqual([{ typing: true }]);
    customer.setTyping(device.phone.number, false);
    expect(await typing.atLeast(2)).toEqual([{ typing: true }, { typing: false }]);
    typing.stop();
  });

  it('is refused while the device is not connected', async () => {
    const offline = await seed(server).agency().subaccount().device({ connected: true });
    await customer.sendText(offline.phone.number, 'anybody there?');
    const { conversation } = await offline.messageWith('anybody there?');
    await offline.do('suspendDevice');
    await offline.becomes('SUSPENDED');
    const input = { conversationId: conversation.id, typing: true };
    expect(await offline.api.mutationRefusal('setTyping', input)).toMatchObject({
      code: 'UNAVAILABLE',
      reason: 'DEVICE_OFFLINE',
    });
  });
});
