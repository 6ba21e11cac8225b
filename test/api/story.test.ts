import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { ApiClient } from '../support/api-client.js';
import { createColleague } from '../support/colleague.js';
import { eventually, succeeds } from '../support/eventually.js';
import { seed } from '../support/seed.js';
import { dealsOf } from '../support/seeded-automation.js';
import type { SeededDevice } from '../support/seeded-device.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';

vi.setConfig({ testTimeout: 180_000 });

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

interface Inbox {
  readonly id: string;
  readonly version: number;
  readonly assigneeId: string | null;
  readonly contact: { readonly id: string; readonly name: string; readonly phoneNumber: string };
  readonly messages: {
    readonly nodes: readonly { readonly text: string; readonly direction: string }[];
  };
}

const INBOX = `query ($id: ID!) { subaccount(id: $id) { conversations { nodes {
  id version assigneeId contact { id name phoneNumber } messages { nodes { text direction } } } } } }`;

/** What somebody finds in the inbox of the subaccount. */
async function inboxOf(api: ApiClient, { subaccount }: SeededDevice): Promise<readonly Inbox[]> {
  const found = await api.ask<{ subaccount: { conversations: { nodes: Inbox[] } } }>(INBOX, {
    id: subaccount.id,
  });
  return found.subaccount.conversations.nodes;
}

async function assign(api: ApiClient, device: SeededDevice, assigneeId: string): Promise<void> {
  const [conversation] = await inboxOf(api, device);
  await api.mutate(
    'updateConversation',
    { conversationId: conversation?.id, version: conversation?.version, assigneeId },
    '__typename',
  );
}

async function answer(api: ApiClient, device: SeededDevice, to: string, text: string): Promise<void> {
  const { message } = await api.mutate<{ message: { id: string } }>(
    'sendMessage',
    { subaccountId: device.subaccount.id, to, text },
    'message { id routing { rule } }',
  );
  await device.messageBecomes(message.id, 'READ');
}

async function win(api: ApiClient, device: SeededDevice): Promise<void> {
  const [deal] = await dealsOf(device.subaccount);
  const { deal: seen } = await api.ask<{
    deal: { version: number; pipeline: { stages: { id: string; kind: string }[] } };
  }>('query ($id: ID!) { deal(id: $id) { version pipeline { stages { id kind } } } }', { id: deal?.id });
  const won = seen.pipeline.stages.find(({ kind }) => kind === 'WON');
  await api.mutate('moveDeal', { dealId: deal?.id, version: seen.version, stageId: won?.id }, '__typename');
}

it('a lead becomes a customer, agents come and go, and the history, the number and the figures stay', async () => {
  const device = await seed(server).agency().subaccount().device({ label: 'Sales', connected: true });
  const { subaccount: place, phone } = device;
  const { agency, api: admin } = place;
  const template = { subaccountId: place.id, template: 'LEAD_TO_DEAL' };
  await admin.mutate('createAutomationFromTemplate', template, '__typename');
  const ann = await createColleague(agency, 'AGENT', [place]);
  const ben = await createColleague(agency, 'AGENT', [place]);

  // A lead writes, and a deal opens in the first stage.
  const lead = server.simulator.createPhone({ name: 'Citra', readAfterMs: 0 });
  await lead.sendText(phone.number, 'Do you repair roofs?');
  await succeeds(async () => expect(await dealsOf(place)).toMatchObject([{ stage: { name: 'New' } }]));

  // An agent is given the conversation, answers, and wins the deal.
  await assign(admin, device, ann.id);
  await answer(ann.api, device, lead.number, 'We do. Shall we come on Monday?');
  expect(lead.inbox.map(({ text }) => text)).toEqual(['We do. Shall we come on Monday?']);
  await win(ann.api, device);
  expect(await dealsOf(place)).toMatchObject([{ stage: { name: 'Won' } }]);

  // Later WhatsApp shows the same person under a LID.
  await lead.sendText(phone.number, 'Monday is fine', { addressing: 'lid' });
  await device.messageWith('Monday is fine');
  const [before, ...others] = await inboxOf(ann.api, device);
  expect(others).toEqual([]);
  expect(before).toMatchObject({ assigneeId: ann.id, contact: { name: 'Citra', phoneNumber: lead.number } });
  expect(await dealsOf(place)).toHaveLength(1);

  // The agent leaves. Nothing else does.
  await agency.api.mutate('removeUser', { userId: ann.id }, '__typename');
  expect(await ann.api.refusal('{ viewer { kind } }')).toMatchObject({ reason: 'TOKEN_INVALID' });
  await succeeds(async () => {
    const [handedOver] = await inboxOf(ben.api, device);
    expect(handedOver?.assigneeId).not.toBe(ann.id);
  });
  await assign(ben.api, device, ben.id);
  await answer(ben.api, device, lead.number, 'See you on Monday');
  const [found] = await inboxOf(ben.api, device);
  expect(found).toMatchObject({ id: before?.id, contact: { id: before?.contact.id }, assigneeId: ben.id });
  expect(found?.messages.nodes.map(({ direction, text }) => `${direction} ${text}`)).toEqual([
    'OUTBOUND See you on Monday',
    'INBOUND Monday is fine',
    'OUTBOUND We do. Shall we come on Monday?',
    'INBOUND Do you repair roofs?',
  ]);
  expect(new Set(lead.inbox.map(({ from }) => from)).size).toBe(1);

  // The agency sees the figures.
  const OVERVIEW = `{ agency { overview(days: 7) { devicesByStatus { status count } volume { accepted sent read failed } } } }`;
  await eventually(async () => {
    await server.app.services.usageCounter.countAll();
    return agency.api.ask(OVERVIEW);
  }).toEqual({
    agency: {
      overview: {
        devicesByStatus: [{ status: 'CONNECTED', count: 1 }],
        volume: { accepted: 2, sent: 2, read: 2, failed: 0 },
      },
    },
  });
});
