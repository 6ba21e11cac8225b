import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Phone } from '../../src/simulator/index.js';
import { createColleague } from '../support/colleague.js';
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

  it('is not told any more to who lost the role to see it', async () => {
    const agency = seed(server).agency();
    const elsewhere = await agency.subaccount();
    const own = await agency.subaccount().device({ connected: true });
    const places = [own.subaccount, elsewhere];
    const [leaver, stayer] = [
      await createColleague(await agency, 'AGENT', places),
      await createColleague(await agency, 'AGENT', places),
    ];
    const writer = server.simulator.createPhone();
    await writer.sendText(own.phone.number, 'here I am');
    const { conversation } = await own.messageWith('here I am');
    const [left, stayed] = [leaver, stayer].map(({ api }) =>
      api.follow<{ typing: boolean }>('contactTyping', FOLLOW, { id: conversation.id }),
    );
    await eventually(() => {
      writer.setTyping(own.phone.number, true);
      return [left?.items, stayed?.items];
    }).toEqual([[{ typing: true }], [{ typing: true }]]);
    const changes = { userId: leaver.id, role: 'AGENT', subaccountIds: [elsewhere.id] };
    await (await agency).api.mutate('updateUser', changes, '__typename');
    writer.setTyping(own.phone.number, false);
    expect(await stayed?.atLeast(2)).toEqual([{ typing: true }, { typing: false }]);
    await eventually(() => left?.isOver).toBe(true);
    expect(left?.items).not.toContainEqual({ typing: false });
    expect(JSON.stringify(left?.failure)).toContain('NOT_FOUND');
    stayed?.stop();
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
