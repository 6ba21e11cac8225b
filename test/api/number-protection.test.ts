import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Phone } from '../../src/simulator/index.js';
import { MovableClock } from '../support/movable-clock.js';
import { cursorOf, seed } from '../support/seed.js';
import type { SeededDevice } from '../support/seeded-device.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';
import type { Stream } from '../support/stream.js';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 });
const PATIENCE = { timeout: 60_000, interval: 50 };
const HOUR_S = 3_600;

const clock = new MovableClock();
let server: TestServer;
let device: SeededDevice;
let customer: Phone;
beforeAll(async () => {
  server = await startTestServer({ clock });
});
afterAll(() => server.stop());
beforeEach(async () => {
  device = await seed(server).agency().subaccount().device({ connected: true });
  customer = server.simulator.createPhone();
});

interface Wait {
  readonly status: string;
  readonly waitingFor: string | null;
  readonly dueAt: string | null;
}
interface Policy {
  readonly pacing: string;
  readonly perMinute: number;
  readonly perDay: number;
  readonly perDayNow: number;
  readonly sendingHours: { readonly from: string; readonly until: string } | null;
}
interface Restriction {
  readonly attention: readonly string[];
  readonly newChatsLimitedUntil: string | null;
  readonly newChatQuota: {
    readonly total: number;
    readonly used: number;
    readonly cycleEndsAt: string;
  } | null;
}

async function waitOf(id: string): Promise<Wait> {
  const query = 'query ($id: ID!) { message(id: $id) { status waitingFor dueAt } }';
  return (await device.api.ask<{ message: Wait }>(query, { id })).message;
}
const becomes = (id: string, expected: Partial<Wait>) =>
  expect.poll(() => waitOf(id), PATIENCE).toMatchObject(expected);
const pace = (sendPolicy: object) => device.do('updateDevice', { sendPolicy });
const policy = async () =>
  (
    await device.read<{ sendPolicy: Policy }>(
      'sendPolicy { pacing perMinute perDay perDayNow sendingHours { from until } }',
    )
  ).sendPolicy;
const restriction = () =>
  device.read<Restriction>('attention newChatsLimitedUntil newChatQuota { total used cycleEndsAt }');

/** Changes of devices, from now on. */
async function followUpdates(): Promise<Stream<{ readonly node: Restriction }>> {
  const query = `subscription ($id: ID!, $after: EventCursor) {
    events(subaccountId: $id, after: $after, topics: [DEVICE_UPDATED]) {
      ... on ObjectChanged { node { ... on Device { attention newChatsLimitedUntil } } } } }`;
  const { id, api } = device.subaccount;
  return api.follow('events', query, { id, after: await cursorOf(device.subaccount) });
}

/** A customer who has written to the number. */
async function acquaintance(): Promise<Phone> {
  const friend = server.simulator.createPhone();
  await friend.sendText(device.phone.number, 'hello from a friend');
  await device.messageWith('hello from a friend');
  return friend;
}

describe('the send policy of a device', () => {
  it('can be read, changed field by field, and set back to its defaults', async () => {
    const before = await policy();
    expect(before).toMatchObject({ perMinute: 20, perDay: 1_000, perDayNow: 50, sendingHours: null });
    await pace({ perMinute: 7, sendingHours: { from: '08:00', until: '20:00' } });
    expect(await policy()).toEqual({
      ...before,
      perMinute: 7,
      sendingHours: { from: '08:00', until: '20:00' },
    });
    await pace({ perMinute: null, sendingHours: null });
    expect(await policy()).toEqual(before);
  });

  it('is refused with the name of what is wrong', async () => {
    const refuse = (sendPolicy: object) =>
      device.api.mutationRefusal('updateDevice', { deviceId: device.id, sendPolicy });
    expect((await refuse({ perMinute: 0 })).fields).toEqual(['input.sendPolicy.perMinute']);
    expect((await refuse({ minDelayMs: 9_000, maxDelayMs: 1_000 })).fields).toEqual([
      'input.sendPolicy.minDelayMs',
    ]);
    expect((await refuse({ sendingHours: { from: '9', until: '18:00' } })).fields).toEqual([
      'input.sendPolicy.sendingHours.from',
    ]);
  });

  it('holds messages and says until when, and lets them go as soon as it is relaxed', async () => {
    await pace({ pacing: 'ON', perMinute: 1, minDelayMs: 0, maxDelayMs: 0, typing: false });
    const first = await device.send({ to: customer.number, text: 'one' });
    await becomes(first.id, { status: 'READ' });
    const second = await device.send({ to: customer.number, text: 'two' });
    await becomes(second.id, { status: 'PENDING', waitingFor: 'PACING' });
    const { dueAt } = await waitOf(second.id);
    expect(Date.parse(dueAt ?? '')).toBeGreaterThan(clock.now().getTime());
    await pace({ pacing: 'OFF' });
    await becomes(second.id, { status: 'READ', waitingFor: null });
    expect(customer.inbox.map(({ text }) => text)).toEqual(['one', 'two']);
  });

  it('shows the recipient that somebody types, before the text comes', async () => {
    await pace({ pacing: 'ON', minDelayMs: 0, maxDelayMs: 0 });
    const { id } = await device.send({ to: customer.number, text: 'typed by a person' });
    await becomes(id, { status: 'READ' });
    expect(customer.observed.map(({ state }) => state)).toContain('composing');
  });
});

describe("WhatsApp's lock on new chats", () => {
  it('shows on the device and to its followers; cold messages wait, replies go, until it is lifted', async () => {
    const friend = await acquaintance();
    const updates = await followUpdates();
    device.phone.setReachoutTimelock({ endsInSeconds: HOUR_S });
    const told = await updates.first(({ node }) => node.attention.includes('NEW_CHATS_RESTRICTED'));
    expect(told.node).toMatchObject({ newChatsLimitedUntil: (await restriction()).newChatsLimitedUntil });

    const cold = await device.send({ to: customer.number, text: 'an offer' });
    const reply = await device.send({ to: friend.number, text: 'hello back' });
    await becomes(reply.id, { status: 'READ' });
    await becomes(cold.id, { status: 'PENDING', waitingFor: 'REACHOUT_LOCK' });
    expect((await waitOf(cold.id)).dueAt).toBe((await restriction()).newChatsLimitedUntil);
    expect(server.simulator.ledger.attempts({ to: customer.number })).toEqual([]);

    device.phone.setReachoutTimelock(null);
    await updates.first(({ node }) => node.newChatsLimitedUntil === null);
    await becomes(cold.id, { status: 'READ' });
    expect(await restriction()).toMatchObject({ attention: [], newChatsLimitedUntil: null });
    updates.stop();
  });

  it('is learned from a refusal as well: the refused message has failed, the next is not even tried', async () => {
    const match = { recipient: customer.number };
    server.simulator.faults.add({ point: 'message', match, action: { kind: 'error', code: 463 } });
    const refused = await device.send({ to: customer.number, text: 'an offer' });
    const { failure } = await device.messageBecomes(refused.id, 'FAILED');
    expect(failure?.code).toBe('ACCOUNT_RESTRICTED');
    expect((await restriction()).attention).toEqual(['NEW_CHATS_RESTRICTED']);
    const other = server.simulator.createPhone();
    const next = await device.send({ to: other.number, text: 'an offer' });
    await becomes(next.id, { status: 'PENDING', waitingFor: 'REACHOUT_LOCK' });
    expect(server.simulator.ledger.attempts({ to: other.number })).toEqual([]);
  });
});

describe("WhatsApp's allowance of new chats", () => {
  it('shows on the device; when it is used up new chats wait, and begun ones go on', async () => {
    const begun = server.simulator.createPhone();
    const opening = await device.send({ to: begun.number, text: 'good morning' });
    await becomes(opening.id, { status: 'READ' });
    const updates = await followUpdates();
    const cycleEndsAt = new Date(Math.ceil(Date.now() / 1_000 + HOUR_S) * 1_000);
    const cycle = { cycle_end_timestamp: String(cycleEndsAt.getTime() / 1_000) };
    device.phone.setNewChatCap({
      total_quota: 30,
      used_quota: 12,
      capping_status: 'FIRST_WARNING',
      ...cycle,
    });
    await updates.atLeast(1);
    expect(await restriction()).toEqual({
      attention: [],
      newChatsLimitedUntil: null,
      newChatQuota: { total: 30, used: 12, cycleEndsAt: cycleEndsAt.toISOString() },
    });

    device.phone.setNewChatCap({ total_quota: 30, used_quota: 30, capping_status: 'CAPPED', ...cycle });
    await updates.first(({ node }) => node.attention.includes('NEW_CHATS_RESTRICTED'));
    const fresh = await device.send({ to: customer.number, text: 'good morning' });
    const further = await device.send({ to: begun.number, text: 'are you there?' });
    await becomes(further.id, { status: 'READ' });
    await becomes(fresh.id, {
      status: 'PENDING',
      waitingFor: 'NEW_CHAT_CAP',
      dueAt: cycleEndsAt.toISOString(),
    });

    clock.advance(HOUR_S * 1_000 + 1_000);
    await becomes(fresh.id, { status: 'READ' });
    updates.stop();
  });
});
