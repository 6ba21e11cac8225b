import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Phone } from '../../src/simulator/index.js';
import { seed } from '../support/seed.js';
import { createAutomation, settledRuns } from '../support/seeded-automation.js';
import type { SeededDevice } from '../support/seeded-device.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const newDevice = async (): Promise<SeededDevice> =>
  seed(server).agency().subaccount().device({ connected: true });

/** Somebody whose number WhatsApp keeps to itself writes; the id of the contact that they become. */
async function strangerWrites(device: SeededDevice, text: string) {
  const customer: Phone = server.simulator.createPhone();
  await customer.sendText(device.phone.number, text, { addressing: 'lid', withoutAlias: true });
  const { conversation } = await device.messageWith(text);
  expect(conversation.contact).toMatchObject({ phoneNumber: null });
  return { customer, conversation, contactId: conversation.contact?.id ?? '' };
}

describe('a person whose number nobody knows', () => {
  it('is answered by rules', async () => {
    const device = await newDevice();
    await createAutomation(device.subaccount, {
      trigger: { kind: 'MESSAGE_MATCHES', keywords: ['price'] },
      steps: [{ kind: 'REPLY', text: 'Hello {{contact.name}}' }],
    });
    const { customer, conversation } = await strangerWrites(device, 'the price?');
    const { id } = await customer.waitForMessage(({ text }) => text === `Hello ${customer.name}`);
    const [run] = await settledRuns(device.subaccount, 1);
    expect(run?.steps).toMatchObject([{ kind: 'REPLY', status: 'DONE' }]);
    const answer = await device.messageBecomes(run?.steps[0]?.messageId ?? '', 'READ');
    expect(answer).toMatchObject({ whatsappId: id, conversation: { id: conversation.id } });
  });

  it('is told that nobody is there', async () => {
    const device = await newDevice();
    const { id: subaccountId, api } = device.subaccount;
    const day = ['SUNDAY', 'MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY'];
    const workingHours = [{ day: day[(new Date().getUTCDay() + 4) % 7], from: '09:00', until: '17:00' }];
    const input = { subaccountId, version: 0, workingHours, awayMessage: 'We are back on Monday.' };
    await api.mutate('updateInboxSettings', input, '__typename');
    const { customer } = await strangerWrites(device, 'hello?');
    await customer.waitForMessage(({ text }) => text === 'We are back on Monday.');
  });

  it('is written to by the contact, from the number that they wrote to', async () => {
    const place = seed(server).agency().subaccount();
    const [device, other] = [
      await place.device({ connected: true }),
      await place.device({ connected: true }),
    ];
    await other.do('updateDevice', { priority: 1_000 });
    const { customer, contactId, conversation } = await strangerWrites(device, 'hello');
    const { id: subaccountId, api } = device.subaccount;
    const input = { subaccountId, contactId, text: 'good morning', idempotencyKey: 'once' };
    const send = () =>
      api.mutate<{ message: { id: string }; replayed: boolean }>(
        'sendMessage',
        input,
        'message { id routing { rule } to } replayed',
      );
    const first = await send();
    expect(first).toMatchObject({
      message: { routing: { rule: 'STICKY' }, to: null },
      replayed: false,
    });
    expect(await send()).toEqual({ ...first, replayed: true });
    const received = await customer.waitForMessage();
    expect(received).toMatchObject({ text: 'good morning', from: device.phone.number, copies: 1 });
    const sent = await device.messageBecomes(first.message.id, 'READ');
    expect(sent.conversation.id).toBe(conversation.id);
  });

  it('is named by a number or as a contact, not both and not neither', async () => {
    const device = await newDevice();
    const { contactId } = await strangerWrites(device, 'hello');
    const text = 'hi';
    for (const named of [{}, { to: '6281200000001', contactId }]) {
      const refused = await device.api.mutationRefusal('sendMessage', {
        deviceId: device.id,
        text,
        ...named,
      });
      expect(refused.fields).toEqual(['input.to', 'input.contactId']);
    }
  });
});
