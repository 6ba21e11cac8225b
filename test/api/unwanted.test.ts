import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Phone } from '../../src/simulator/index.js';
import { asRole } from '../support/database.js';
import { eventually, succeeds } from '../support/eventually.js';
import { seed } from '../support/seed.js';
import { createAutomation, runsOf } from '../support/seeded-automation.js';
import type { SeededDevice } from '../support/seeded-device.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';

let server: TestServer;
let device: SeededDevice;
let customer: Phone;
let contactId: string;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

/** A device whose messages wait, with a rule that answers a customer who has written. */
beforeEach(async () => {
  device = await seed(server).agency().subaccount().device({ connected: true });
  await createAutomation(device.subaccount, {
    trigger: { kind: 'MESSAGE_MATCHES', keywords: ['price'] },
    steps: [{ kind: 'REPLY', text: 'by a rule' }],
  });
  customer = server.simulator.createPhone();
  await customer.sendText(device.phone.number, 'hello');
  contactId = (await device.messageWith('hello')).conversation.contact?.id ?? '';
  await pace({ pacing: 'ON', perHour: 1, minDelayMs: 0, maxDelayMs: 0, typing: false });
  const { id } = await device.send({ to: customer.number, text: 'the one of this hour' });
  await eventually(async () => (await device.message(id)).status).toMatch(/^(SENT|DELIVERED|READ)$/);
});

const pace = (sendPolicy: object): Promise<void> => device.do('updateDevice', { sendPolicy });
const release = (): Promise<void> => pace({ pacing: 'OFF' });
const mark = (mutation: string): Promise<unknown> => device.api.mutate(mutation, { contactId }, '__typename');
const texts = (): string[] => customer.inbox.map(({ text }) => text);

/** The id of what the rule answered, which waits. */
async function ruleAnswers(): Promise<string> {
  await customer.sendText(device.phone.number, 'the price?');
  const id = await succeeds(async () => {
    const [run] = await runsOf(device.subaccount);
    const messageId = run?.steps[0]?.messageId;
    if (messageId == null) throw new Error('the rule has not answered');
    return messageId;
  });
  await device.messageBecomes(id, 'PENDING');
  return id;
}

const byHand = async (more: object = {}): Promise<string> =>
  (await device.send({ to: customer.number, text: 'by hand', ...more })).id;

async function expectRefused(id: string, code: string): Promise<void> {
  const { failure } = await device.messageBecomes(id, 'FAILED');
  expect(failure).toEqual({ code, detail: null });
}

/** Nobody is asked at once what an import does to what waits. */
async function importOptOut(): Promise<void> {
  const { id: subaccountId, api } = device.subaccount;
  const { uploadUrl, bulkOperation } = await api.mutate<{ uploadUrl: string; bulkOperation: { id: string } }>(
    'createContactImport',
    { subaccountId },
    'uploadUrl bulkOperation { id }',
  );
  const body = `phone_number,opted_out\n+${customer.number},yes\n`;
  const headers = { 'content-type': 'text/csv' };
  expect((await fetch(uploadUrl, { method: 'PUT', body, headers })).status).toBe(204);
  const query = 'query ($id: ID!) { bulkOperation(id: $id) { status updated } }';
  await eventually(() => api.ask(query, { id: bulkOperation.id })).toEqual({
    bulkOperation: { status: 'COMPLETED', updated: 1 },
  });
}

describe('what waits for a person', () => {
  it('and was written by a rule ends when the person opts out by a word; what a person wrote goes', async () => {
    const [automatic, manual] = [await ruleAnswers(), await byHand()];
    await customer.sendText(device.phone.number, 'STOP');
    await expectRefused(automatic, 'RECIPIENT_OPTED_OUT');
    expect((await device.message(manual)).status).toBe('PENDING');
    await release();
    await device.messageBecomes(manual, 'READ');
    expect(texts()).toEqual(['the one of this hour', 'by hand']);
  });

  it('ends when somebody notes the opt-out, in the same moment', async () => {
    const automatic = await ruleAnswers();
    await mark('optOutContact');
    expect(await device.message(automatic)).toMatchObject({
      status: 'FAILED',
      failure: { code: 'RECIPIENT_OPTED_OUT' },
    });
  });

  it('ends when the contact is blocked, whoever wrote it, and for whenever', async () => {
    const scheduledAt = new Date(Date.now() + 86_400_000).toISOString();
    const ids = [await ruleAnswers(), await byHand(), await byHand({ scheduledAt })];
    await mark('blockContact');
    for (const id of ids) {
      expect(await device.message(id)).toMatchObject({
        status: 'FAILED',
        failure: { code: 'RECIPIENT_BLOCKED' },
      });
    }
    await mark('unblockContact');
    await release();
    const later = await byHand();
    await device.messageBecomes(later, 'READ');
    expect(texts()).toEqual(['the one of this hour', 'by hand']);
  });

  it('ends also while its device looks whether it may leave', async () => {
    const id = await byHand();
    await asRole(server.connections.owner, async (drain) => {
      await drain.query('begin');
      await drain.query('select from message where due_at is not null for update');
      const blocked = mark('blockContact');
      const waiting = `select from pg_stat_activity where pg_backend_pid() = any(pg_blocking_pids(pid))`;
      await eventually(async () => (await drain.query(waiting)).rowCount).toBe(1);
      await drain.query('commit');
      await blocked;
    });
    expect(await device.message(id)).toMatchObject({
      status: 'FAILED',
      failure: { code: 'RECIPIENT_BLOCKED' },
    });
  });

  it('is asked about once more when its turn comes', async () => {
    const [automatic, manual] = [await ruleAnswers(), await byHand()];
    await importOptOut();
    expect((await device.message(automatic)).status).toBe('PENDING');
    await release();
    await expectRefused(automatic, 'RECIPIENT_OPTED_OUT');
    // It was not even tried.
    const query = 'query ($id: ID!) { message(id: $id) { attempts { number } } }';
    expect(await device.api.ask(query, { id: automatic })).toEqual({ message: { attempts: [] } });
    await device.messageBecomes(manual, 'READ');
    expect(texts()).toEqual(['the one of this hour', 'by hand']);
  });

  it('and is being typed is not sent to who is blocked meanwhile', async () => {
    await pace({ perHour: 100, typing: true });
    const id = await byHand({ text: 'a long message, which takes some time to type. '.repeat(5) });
    await device.messageBecomes(id, 'SENDING');
    await eventually(() => customer.observed.map(({ state }) => state)).toContain('composing');
    await mark('blockContact');
    await expectRefused(id, 'RECIPIENT_BLOCKED');
    expect(texts()).toEqual(['the one of this hour']);
  });
});
