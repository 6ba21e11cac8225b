import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createColleague } from '../support/colleague.js';
import { eventually } from '../support/eventually.js';
import { seed } from '../support/seed.js';
import type { SeededSubaccount } from '../support/seed.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

interface Suspended {
  readonly subaccount: { readonly status: string; readonly suspendReason: string | null };
}

const STATUS = 'subaccount { status suspendReason }';

function suspend({ id, agency }: SeededSubaccount, reason = 'unpaid'): Promise<Suspended> {
  return agency.api.mutate<Suspended>('suspendSubaccount', { subaccountId: id, reason }, STATUS);
}

function resume({ id, agency }: SeededSubaccount): Promise<Suspended> {
  return agency.api.mutate<Suspended>('resumeSubaccount', { subaccountId: id }, STATUS);
}

async function topicsOf({ id, api }: SeededSubaccount, topics: string[]): Promise<string[]> {
  const { events } = await api.ask<{ events: { events: { topic: string }[] } }>(
    'query ($id: ID!, $topics: [EventTopic!]) { events(subaccountId: $id, topics: $topics) { events { topic } } }',
    { id, topics },
  );
  return events.events.map(({ topic }) => topic);
}

describe('a suspended subaccount', () => {
  it('holds what waits, refuses what is new, shows everything, and goes on with the same link', async () => {
    const device = await seed(server).agency().subaccount().device({ connected: true });
    const { subaccount: place } = device;
    const customer = server.simulator.createPhone();
    await customer.sendText(device.phone.number, 'before');
    await device.messageWith('before');
    const scheduledAt = Date.now() + 4_000;
    const waiting = await device.send({
      to: customer.number,
      text: 'held',
      scheduledAt: new Date(scheduledAt).toISOString(),
    });
    expect((await suspend(place)).subaccount).toEqual({ status: 'SUSPENDED', suspendReason: 'unpaid' });
    await device.becomes('SUSPENDED');
    const refused = { reason: 'SUBACCOUNT_SUSPENDED', code: 'INVALID_STATE' };
    const message = { to: customer.number, text: 'refused' };
    expect(await place.api.mutationRefusal('sendMessage', { ...message, deviceId: device.id })).toMatchObject(
      refused,
    );
    expect(
      await place.api.mutationRefusal('sendMessage', { ...message, subaccountId: place.id }),
    ).toMatchObject(refused);
    expect(await place.api.mutationRefusal('reconnectDevice', { deviceId: device.id })).toMatchObject(
      refused,
    );
    expect(await place.api.mutationRefusal('resumeDevice', { deviceId: device.id })).toMatchObject(refused);
    expect((await device.messageWith('before')).id).toMatch(/^msg_/);
    await customer.sendText(device.phone.number, 'meanwhile');
    await eventually(async () => Date.now() > scheduledAt + 3_000).toBe(true);
    expect((await device.message(waiting.id)).status).toMatch(/^(?:SCHEDULED|PENDING)$/);
    expect((await resume(place)).subaccount).toEqual({ status: 'ACTIVE', suspendReason: null });
    await device.becomes('CONNECTED');
    await customer.waitForMessage(({ text }) => text === 'held');
    await device.messageWith('meanwhile');
    const topics = ['SUBACCOUNT_SUSPENDED', 'SUBACCOUNT_RESUMED'];
    expect(await topicsOf(place, topics)).toEqual(topics);
  });

  it('keeps suspended what its own people had suspended', async () => {
    const [one, other] = [
      await seed(server).agency().subaccount().device(),
      await seed(server).agency().subaccount().device(),
    ];
    await one.do('suspendDevice', { reason: 'by itself' });
    await suspend(one.subaccount);
    await suspend(other.subaccount);
    await resume(one.subaccount);
    await resume(other.subaccount);
    expect(await one.status()).toBe('SUSPENDED');
    expect(await other.status()).toBe('NOT_PAIRED');
    await one.do('resumeDevice');
    expect(await one.status()).toBe('NOT_PAIRED');
  });

  it('lets a device be made, which pairs when the subaccount is resumed', async () => {
    const subaccount = seed(server).agency().subaccount();
    await suspend(await subaccount);
    const device = await subaccount.device();
    expect(await device.status()).toBe('SUSPENDED');
    const pair = { deviceId: device.id };
    expect(await device.subaccount.api.mutationRefusal('pairDevice', pair)).toMatchObject({
      reason: 'SUBACCOUNT_SUSPENDED',
    });
    await resume(await subaccount);
    await device.connect();
    expect(await device.status()).toBe('CONNECTED');
  });

  it('is told apart in the list of the agency, and suspended by its agency alone', async () => {
    const agency = seed(server).agency();
    const [one, other] = [await agency.subaccount(), await agency.subaccount()];
    const admin = await createColleague(one.agency, 'SUBACCOUNT_ADMIN', [one]);
    const input = { subaccountId: one.id };
    expect(await admin.api.mutationRefusal('suspendSubaccount', input)).toMatchObject({
      reason: 'ACTION_NOT_ALLOWED',
    });
    await suspend(one);
    const listed = async (status: string): Promise<string[]> => {
      const { agency: found } = await one.agency.api.ask<{
        agency: { subaccounts: { nodes: { id: string }[] } };
      }>(
        `query ($status: SubaccountStatus) { agency { subaccounts(filter: { status: $status }) { nodes { id } } } }`,
        { status },
      );
      return found.subaccounts.nodes.map(({ id }) => id);
    };
    expect(await listed('SUSPENDED')).toEqual([one.id]);
    expect(await listed('ACTIVE')).toEqual([other.id]);
  });
});
