import { Client } from 'pg';
import { newId, parsePublicId, toPublicId } from '../../src/kernel/ids.js';
import type { NodeType } from '../../src/kernel/ids.js';
import { encodeEventCursor } from '../../src/kernel/events.js';
import { toPgConfig } from '../../src/platform/database/connection.js';
import type { ApiClient } from '../support/api-client.js';
import { eventually } from '../support/eventually.js';
import { createKey, seed } from '../support/seed.js';
import type { SeededSubaccount } from '../support/seed.js';
import type { SeededDevice } from '../support/seeded-device.js';
import { createAutomation, settledRuns } from '../support/seeded-automation.js';
import { createWebhook, deliveriesTo } from '../support/seeded-webhook.js';
import type { TestServer } from '../support/server.js';
import type { WebhookReceiver } from '../support/webhook-receiver.js';

/** What an argument can name: an object, or a place in the event stream of a subaccount. */
export type Named = Exclude<NodeType, 'Event'> | 'EventCursor';

/** Somebody's objects, one of each kind. */
export type Ids = Readonly<Partial<Record<Named, string>>>;

export interface Attacker {
  readonly who: string;
  readonly api: ApiClient;
  /** Its own objects, for arguments that must name something valid beside the foreign one. */
  readonly own: Ids;
}

/** Callers on one side of a border and objects on the other. */
export interface Border {
  readonly name: string;
  readonly attackers: readonly Attacker[];
  readonly victim: Ids;
  /** Rows of the victim: a column and the public id that it holds. */
  readonly rows: { readonly column: 'agency_id' | 'subaccount_id' | 'device_id'; readonly publicId: string };
  /** Texts of the victim that no attacker may ever read. */
  readonly secrets: readonly string[];
}

/** An id of the same kind that nobody has. */
export function unknownId(named: Named): string {
  return named === 'EventCursor'
    ? encodeEventCursor({ streamId: newId(), seq: 1 })
    : toPublicId(named, newId());
}

/** Two agencies side by side: between them, between subaccounts of one, and between devices of one subaccount. */
export async function createBorders(server: TestServer, hooks: WebhookReceiver): Promise<readonly Border[]> {
  const home = seed(server).agency();
  const subaccount = home.subaccount();
  const device = await subaccount.device({ connected: true, label: 'SECRET-LABEL' });
  const victim = await idsOf(device, 'SECRET', hooks.url('SECRET-HOOK'));
  const sibling = await home.subaccount().device();
  const siblingIds = await idsOf(sibling, 'sibling', hooks.url());
  const sister = await subaccount.device();
  const stranger = await seed(server).agency().subaccount().device();
  const strangerIds = await idsOf(stranger, 'stranger', hooks.url());
  const secrets = ['SECRET-', 'secret-', device.phone.number];
  return [
    {
      name: 'between agencies',
      attackers: [
        { who: 'a key of another agency', api: stranger.subaccount.agency.api, own: strangerIds },
        { who: 'a user of another agency', api: await logIn(stranger.subaccount), own: strangerIds },
        { who: 'a key of its subaccount', api: stranger.api, own: strangerIds },
        { who: 'a token of its device', api: stranger.api.as(stranger.token), own: strangerIds },
      ],
      victim,
      rows: { column: 'agency_id', publicId: idOf(victim, 'Agency') },
      secrets: [...secrets, (await home).ownerEmail],
    },
    {
      name: 'between subaccounts of one agency',
      attackers: [
        { who: 'a key of another subaccount', api: sibling.api, own: siblingIds },
        { who: 'a token of its device', api: sibling.api.as(sibling.token), own: siblingIds },
      ],
      victim: without(victim, ['Agency', 'User', 'Invitation', 'Plan', 'Package', 'Voucher']),
      rows: { column: 'subaccount_id', publicId: idOf(victim, 'Subaccount') },
      secrets,
    },
    {
      name: 'between devices of one subaccount',
      attackers: [
        {
          who: 'a token of another device',
          api: sister.api.as(sister.token),
          own: { ...without(victim, ['Conversation', 'Message']), Device: sister.id },
        },
      ],
      victim: {
        Device: idOf(victim, 'Device'),
        Conversation: idOf(victim, 'Conversation'),
        Message: idOf(victim, 'Message'),
      },
      rows: { column: 'device_id', publicId: idOf(victim, 'Device') },
      secrets,
    },
  ];
}

export function idOf(ids: Ids, named: Named): string {
  const id = ids[named];
  if (id === undefined) throw new Error(`there is no ${named}`);
  return id;
}

function without(ids: Ids, named: readonly Named[]): Ids {
  return Object.fromEntries(Object.entries(ids).filter(([name]) => !named.includes(name as Named)));
}

/** The ids around a device; of a connected one also those of a talk with a customer, which is then left in peace. */
export async function idsOf(device: SeededDevice, label: string, hookUrl: string): Promise<Ids> {
  const { subaccount } = device;
  const { apiKey } = await subaccount.agency.api.mutate<{ apiKey: { id: string } }>(
    'createApiKey',
    { subaccountId: subaccount.id, name: `${label}-KEY`, scopes: ['*'] },
    'apiKey { id }',
  );
  const { user } = await subaccount.agency.api.mutate<{ user: { id: string } }>(
    'createUser',
    {
      agencyId: subaccount.agency.id,
      email: `${label}-${device.id}@example.com`.toLowerCase(),
      password: 'correct horse battery staple',
      role: 'AGENT',
      subaccountIds: [subaccount.id],
    },
    'user { id }',
  );
  const webhook = await useWebhook(subaccount, hookUrl);
  const { events } = await subaccount.api.ask<{ events: { endCursor: string } }>(
    'query ($id: ID!) { events(subaccountId: $id) { endCursor } }',
    { id: subaccount.id },
  );
  return {
    Agency: subaccount.agency.id,
    Subaccount: subaccount.id,
    Device: device.id,
    ApiKey: apiKey.id,
    User: user.id,
    EventCursor: events.endCursor,
    ...webhook,
    ...(await catalogueOf(subaccount)),
    ...(await invite(subaccount, label)),
    ...(await teamUp(subaccount, label, user.id)),
    ...(await sell(subaccount, label)),
    ...(await automate(subaccount, label)),
    ...(await know(subaccount, label)),
    ...((await device.status()) === 'CONNECTED' ? await talk(device) : await pretendToTalk(device)),
  };
}

/** Of a device that never was connected: rows as a talk leaves them. */
async function pretendToTalk({ id, subaccount }: SeededDevice): Promise<Ids> {
  const { agency } = subaccount;
  const [contactId, conversationId] = [newId(), newId()];
  const [deviceId, subaccountId, agencyId] = [id, subaccount.id, agency.id].map(
    (each) => parsePublicId(each)?.uuid,
  );
  const client = new Client(toPgConfig(agency.server.connections.owner));
  await client.connect();
  await client.query(
    `insert into contact (id, agency_id, subaccount_id, created_at, updated_at) values ($1, $2, $3, now(), now())`,
    [contactId, agencyId, subaccountId],
  );
  await client.query(
    `insert into conversation (id, agency_id, subaccount_id, device_id, kind, contact_id, status, unread_count,
                               last_message_at, created_at)
     values ($1, $2, $3, $4, 'DIRECT', $5, 'OPEN', 0, now(), now())`,
    [conversationId, agencyId, subaccountId, deviceId, contactId],
  );
  await client.end();
  return { ...(await converse(subaccount, toPublicId('Conversation', conversationId), 'intruder')) };
}

/** With a delivery that was made and replayed, and switched off, so that its rows stand still. */
async function useWebhook(subaccount: SeededSubaccount, url: string): Promise<Ids> {
  const { api, id: subaccountId } = subaccount;
  const { id: webhookEndpointId } = await createWebhook(subaccount, { url, topics: ['API_KEY_CREATED'] });
  await createKey(api, { subaccountId });
  const states = async (): Promise<string[]> =>
    (await deliveriesTo(subaccount, webhookEndpointId)).map(({ status }) => status);
  await eventually(states).toEqual(['SUCCEEDED']);
  const { webhookReplay } = await api.mutate<{ webhookReplay: { id: string } }>(
    'replayWebhookDeliveries',
    { webhookEndpointId, failedOnly: false },
    'webhookReplay { id }',
  );
  await eventually(states).toEqual(['SUCCEEDED']);
  await api.mutate('updateWebhookEndpoint', { webhookEndpointId, enabled: false }, '__typename');
  const [delivery] = await deliveriesTo(subaccount, webhookEndpointId);
  return {
    WebhookEndpoint: webhookEndpointId,
    WebhookDelivery: delivery?.id ?? '',
    WebhookReplay: webhookReplay.id,
  };
}

/** What the agency offers: its last plan and package, and a voucher. */
async function catalogueOf({ agency }: SeededSubaccount): Promise<Ids> {
  const { plans, packages } = await agency.api.ask<Record<'plans' | 'packages', { nodes: { id: string }[] }>>(
    '{ plans { nodes { id } } packages { nodes { id } } }',
  );
  const { vouchers } = await agency.api.mutate<{ vouchers: { id: string }[] }>(
    'createVouchers',
    { amount: 10, validityDays: 30, note: 'SECRET-NOTE' },
    'vouchers { id }',
  );
  return {
    Plan: plans.nodes[0]?.id ?? '',
    Package: packages.nodes[0]?.id ?? '',
    Voucher: vouchers[0]?.id ?? '',
  };
}

async function invite({ id, agency }: SeededSubaccount, label: string): Promise<Ids> {
  const email = `invited-${label}-${id}@example.com`.toLowerCase();
  const { invitation } = await agency.api.mutate<{ invitation: { id: string } }>(
    'inviteUser',
    { email, role: 'AGENT', subaccountIds: [id] },
    'invitation { id }',
  );
  return { Invitation: invitation.id };
}

async function teamUp(
  { id: subaccountId, api }: SeededSubaccount,
  label: string,
  userId: string,
): Promise<Ids> {
  const { team } = await api.mutate<{ team: { id: string } }>(
    'createTeam',
    { subaccountId, name: `${label}-TEAM`, memberIds: [userId] },
    'team { id }',
  );
  return { Team: team.id };
}

/** A contact that people made, with all that can be known of one. */
async function know({ id: subaccountId, api }: SeededSubaccount, label: string): Promise<Ids> {
  const { contactField } = await api.mutate<{ contactField: { id: string } }>(
    'createContactField',
    { subaccountId, key: 'company', type: 'TEXT' },
    'contactField { id }',
  );
  const { contact } = await api.mutate<{ contact: { id: string } }>(
    'upsertContact',
    {
      subaccountId,
      phoneNumber: '6281200000777',
      name: `${label}-CONTACT`,
      tags: [`${label}-TAG`],
      fields: [{ key: 'company', value: `${label}-COMPANY` }],
    },
    'contact { id }',
  );
  const { contactNote } = await api.mutate<{ contactNote: { id: string } }>(
    'addContactNote',
    { contactId: contact.id, body: `${label}-NOTE` },
    'contactNote { id }',
  );
  await api.mutate('updateContactSettings', { subaccountId, optOutWords: [`${label}-WORD`] }, '__typename');
  const { bulkOperation } = await api.mutate<{ bulkOperation: { id: string } }>(
    'createContactImport',
    { subaccountId },
    'bulkOperation { id }',
  );
  return {
    Contact: contact.id,
    ContactField: contactField.id,
    ContactNote: contactNote.id,
    BulkOperation: bulkOperation.id,
  };
}

/** A pipeline with a deal in its first stage. */
async function sell({ id: subaccountId, api }: SeededSubaccount, label: string): Promise<Ids> {
  const { pipeline } = await api.mutate<{ pipeline: { id: string; stages: { id: string }[] } }>(
    'createPipeline',
    { subaccountId, name: `${label}-PIPELINE` },
    'pipeline { id stages { id } }',
  );
  const { deal } = await api.mutate<{ deal: { id: string } }>(
    'createDeal',
    { pipelineId: pipeline.id, title: `${label}-DEAL`, tags: [`${label}-TAG`] },
    'deal { id }',
  );
  const { cannedReply } = await api.mutate<{ cannedReply: { id: string } }>(
    'createCannedReply',
    { subaccountId, shortcut: 'hello', text: `${label}-REPLY` },
    'cannedReply { id }',
  );
  return {
    Pipeline: pipeline.id,
    Stage: pipeline.stages[0]?.id ?? '',
    Deal: deal.id,
    CannedReply: cannedReply.id,
  };
}

/** A rule that ran and was switched off. */
async function automate(subaccount: SeededSubaccount, label: string): Promise<Ids> {
  const { api, id: subaccountId } = subaccount;
  const { pipeline } = await api.mutate<{ pipeline: { id: string; stages: { id: string }[] } }>(
    'createPipeline',
    { subaccountId, name: `${label}-AUTOMATED` },
    'pipeline { id stages { id } }',
  );
  const stageId = pipeline.stages[1]?.id ?? '';
  const { id: automationId, version } = await createAutomation(subaccount, {
    name: `${label}-RULE`,
    trigger: { kind: 'DEAL_MOVED', stageId },
    steps: [{ kind: 'MOVE_DEAL', stageId }],
  });
  const { deal } = await api.mutate<{ deal: { id: string } }>(
    'createDeal',
    { pipelineId: pipeline.id, title: `${label}-DEAL` },
    'deal { id }',
  );
  await api.mutate('moveDeal', { dealId: deal.id, version: 1, stageId }, '__typename');
  const [run] = await settledRuns(subaccount, 1);
  await api.mutate('updateAutomation', { automationId, version, enabled: false }, '__typename');
  return { Automation: automationId, AutomationRun: run?.id ?? '' };
}

async function talk(device: SeededDevice): Promise<Ids> {
  const customer = device.subaccount.agency.server.simulator.createPhone({ name: 'SECRET-NAME' });
  await customer.sendText(device.phone.number, 'SECRET-QUESTION');
  const question = await device.messageWith('SECRET-QUESTION');
  const answer = await device.send({ to: customer.number, text: 'SECRET-ANSWER' });
  await customer.waitForMessage(({ text }) => text === 'SECRET-ANSWER');
  await eventually(async () => (await device.message(answer.id)).status).toMatch(/^(?:SENT|DELIVERED|READ)$/);
  await device.suspend('so that its rows stand still');
  return {
    Contact: question.conversation.contact?.id ?? '',
    ...(await converse(device.subaccount, question.conversation.id, 'SECRET')),
    Message: answer.id,
  };
}

/** With a note about it, and a view that shows it. */
async function converse(
  { id: subaccountId, api }: SeededSubaccount,
  id: string,
  label: string,
): Promise<Ids> {
  const { conversationNote } = await api.mutate<{ conversationNote: { id: string } }>(
    'createConversationNote',
    { conversationId: id, text: `${label}-NOTE` },
    'conversationNote { id }',
  );
  const { conversationView } = await api.mutate<{ conversationView: { id: string } }>(
    'createConversationView',
    { subaccountId, name: `${label}-VIEW`, filter: {}, isShared: true },
    'conversationView { id }',
  );
  return { Conversation: id, ConversationNote: conversationNote.id, ConversationView: conversationView.id };
}

async function logIn({ agency }: SeededSubaccount): Promise<ApiClient> {
  const { sessionToken } = await agency.api.mutate<{ sessionToken: string }>(
    'logIn',
    { email: agency.ownerEmail, password: agency.ownerPassword },
    'sessionToken',
  );
  return agency.api.as(sessionToken);
}
