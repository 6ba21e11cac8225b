import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ContactField, ContactReader } from '../../src/modules/contact/index.js';
import type { ContactFilter } from '../../src/modules/contact/contact.filter.js';
import { listDevices } from '../../src/modules/device/device.queries.js';
import { ConversationReader } from '../../src/modules/messaging/index.js';
import { findStickyDevices } from '../../src/modules/messaging/routing/routing.queries.js';
import { Deal, DealMove, DealReader, Pipeline, Stage } from '../../src/modules/pipeline/index.js';
import { toPgConfig } from '../../src/platform/database/connection.js';
import type { CrossTenantFunction } from '../../src/platform/database/cross-tenant-functions.js';
import { scopeStatements } from '../../src/platform/database/scope-settings.js';
import { EventLog } from '../../src/platform/events/event-log.js';
import { createMessaging } from '../modules/messaging/fixture.js';
import type { Messaging, TestDevice, TestSession } from '../modules/messaging/fixture.js';
import { analyze, fill, fillQuietly } from './support/busy-installation.js';
import {
  FEW_ROWS,
  findBusyPlace,
  INBOX_CASES,
  INBOX_ENTITIES,
  type BusyPlace,
} from './support/inbox-plan-cases.js';
import { PlanReader, type QueryPlan } from './support/query-plan.js';
import { StatementRecorder, type Statement } from './support/statement-recorder.js';

let recorder: StatementRecorder;
let app: Messaging;
let deals: DealReader;
let contacts: ContactReader;
let deal: { id: string; stage_id: string; pipeline_id: string; owner_id: string; contact_id: string };
let device: TestDevice;
let session: TestSession;
let place: BusyPlace;
let conversationId: string;
let contactId: string;
let application: Client;
let owner: Client;

beforeAll(async () => {
  recorder = new StatementRecorder();
  app = await createMessaging({
    entities: [ContactField, Pipeline, Stage, Deal, DealMove, ...INBOX_ENTITIES],
  });
  deals = new DealReader({ database: app.database });
  contacts = new ContactReader({ database: app.database });
  device = await app.seedDevice();
  await fill(app.db, device);
  await fill(app.db, await app.seedDevice());
  const quiet = await app.seedDevice();
  await fillQuietly(app.db, quiet);
  await analyze(app.db);
  session = await app.openSession(device);
  const [conversation] = await app.db.query<{ id: string; contact_id: string }>(
    'select id, contact_id from conversation where subaccount_id = $1 limit 1',
    [device.subaccountId],
  );
  conversationId = conversation?.id ?? '';
  contactId = conversation?.contact_id ?? '';
  const [anyDeal] = await app.db.query<typeof deal>(
    `select * from deal where subaccount_id = $1 and value_minor = 777`,
    [device.subaccountId],
  );
  if (anyDeal === undefined) throw new Error('there is no deal');
  deal = anyDeal;
  place = await findBusyPlace(app, device, quiet);
  application = new Client(toPgConfig(app.db.connections.app));
  owner = new Client(toPgConfig(app.db.connections.owner));
  await application.connect();
  await owner.connect();
}, 240_000);
afterAll(async () => {
  await application.end();
  await owner.end();
  await app.close();
  recorder.stop();
});

/** What the transaction was begun with: whose rows it sees, and how they are read. */
function openingOf(statements: readonly Statement[]): string {
  const opening = statements
    .map(({ text }) => /^begin[^;]*;(.*)$/s.exec(text)?.[1])
    .find((text) => text !== undefined);
  if (opening === undefined) throw new Error('nothing was begun');
  return opening;
}

/** The plan that the application's role gets under row-level security for what `work` sends. */
async function planOf(work: () => Promise<unknown>, { run = false } = {}): Promise<QueryPlan> {
  const statements = await recorder.during(work);
  await application.query('begin');
  try {
    await application.query(openingOf(statements));
    return await (await PlanReader.open(application)).explain(statements, { run });
  } finally {
    await application.query('rollback');
  }
}

describe('the application’s role under row-level security', () => {
  const one = { first: 20 };
  const dealsThat = (filter: object) =>
    deals.listOfEach(device.ctx, { key: 'subaccountId', ids: [device.subaccountId] }, one, filter);
  const contactsThat = (filter: ContactFilter) => contacts.list(device.ctx, device.subaccountId, one, filter);
  const hot: readonly [string, readonly string[], () => Promise<unknown>][] = [
    ['the claim of the next message', ['message_queue'], () => app.outbox.claim(session.live)],
    ['what holds the next message back', ['message_held_back'], () => app.outbox.claim(session.live)],
    [
      'a page of conversations',
      ['conversation_list'],
      () =>
        new ConversationReader({ database: app.database }).listOfEach(
          device.ctx,
          { key: 'subaccountId', ids: [device.subaccountId] },
          one,
        ),
    ],
    [
      'a page of the messages of a conversation',
      ['message_conversation'],
      () => app.reader.listOfEach(device.ctx, { key: 'conversationId', ids: [conversationId] }, one),
    ],
    [
      'a page of the messages of a device',
      ['message_device'],
      () => app.reader.listOfEach(device.ctx, { key: 'deviceId', ids: [device.id] }, one),
    ],
    [
      'the number that a person last began to write to',
      ['conversation_first_inbound'],
      () => app.database.read(device.ctx, (em) => findStickyDevices(em, [contactId])),
    ],
    [
      'the list of devices',
      // Its unique key leads with the same columns and serves as well.
      ['device_list', 'device_agency_id_subaccount_id_id_key'],
      () => app.database.read(device.ctx, (em) => listDevices(em, device.subaccountId, one, {})),
    ],
    ['the inbox of a device that is due', ['inbox_due'], () => app.inbound.applyDue(device.ctx, device.id)],
    ['a board', ['deal_board'], () => deals.listBoard(device.ctx, [deal.stage_id], one)],
    [
      'a page of the deals of a subaccount',
      ['deal_agency_id_subaccount_id_id_key'],
      () => deals.listOfEach(device.ctx, { key: 'subaccountId', ids: [device.subaccountId] }, one),
    ],
    [
      'a page of the deals of a pipeline',
      ['deal_pipeline'],
      () => deals.listOfEach(device.ctx, { key: 'pipelineId', ids: [deal.pipeline_id] }, one),
    ],
    [
      'the deals of a contact',
      ['deal_contact'],
      () => deals.listOfEach(device.ctx, { key: 'contactId', ids: [deal.contact_id] }, one),
    ],
    ['the deals of an owner', ['deal_of_owner'], () => dealsThat({ ownerId: deal.owner_id })],
    ['the deals with a tag', ['deal_tag_deals', 'deal_tag_pkey'], () => dealsThat({ tag: 'tag 7' })],
    ['the deals that are won', ['deal_status'], () => dealsThat({ status: ['WON'] })],
    ['the deals of a stage', ['deal_stage', 'deal_board'], () => dealsThat({ stageId: deal.stage_id })],
    ['the tags of deals', ['deal_tag_pkey'], () => deals.findTags(device.ctx, [deal.id])],
    ['the history of a deal', ['deal_move_deal'], () => deals.listMoves(device.ctx, [deal.id])],
    [
      'a page of contacts',
      ['contact_list', 'contact_agency_id_subaccount_id_id_key'],
      () => contactsThat({}),
    ],
    ['the contacts with a tag', ['contact_tag_contacts'], () => contactsThat({ tags: ['tag 07'] })],
    [
      'the contacts whose number begins with something',
      ['contact_identity_pkey'],
      () => contactsThat({ phonePrefix: '62817000012' }),
    ],
    [
      'the contacts with a value in a field',
      ['contact_field_value_contacts'],
      () => contactsThat({ fields: [{ key: 'revenue', equals: '777' }] }),
    ],
    [
      'the contacts with a number in a range',
      ['contact_field_value_numbers'],
      () => contactsThat({ fields: [{ key: 'revenue', from: '770', to: '777' }] }),
    ],
    [
      'contacts of one name',
      ['contact_name_key'],
      () => contacts.listDuplicates(device.ctx, device.subaccountId, one, null),
    ],
    [
      'a page of events',
      ['event_pkey'],
      () =>
        new EventLog(app.database, app.clock).read(device.ctx, {
          streamId: device.subaccountId,
          after: { streamId: device.subaccountId, seq: 2_500 },
          limit: 100,
        }),
    ],
    [
      'a receipt by the id that WhatsApp knows',
      ['message_key_pkey'],
      () =>
        app.receipts.apply(session.live, [
          { whatsappIds: ['WA1'], chat: '628123@s.whatsapp.net', kind: 'DELIVERED', at: new Date() },
        ]),
    ],
  ];

  it.each(hot)('uses an index for %s', async (_what, indexes, work) => {
    const plan = await planOf(work);
    expect(plan.scanned).toEqual([]);
    expect(plan.indexes.filter((index) => indexes.includes(index))).not.toEqual([]);
  });

  it.each(INBOX_CASES)('finds %s without looking at the rest', async (_what, indexes, work) => {
    const plan = await planOf(() => work(place), { run: true });
    expect(plan.scanned).toEqual([]);
    expect(plan.indexes.filter((index) => indexes.includes(index))).not.toEqual([]);
    expect(plan.rowsRead).toBeLessThan(FEW_ROWS);
  });
});

describe('search', () => {
  it.each<[string, string, readonly string[], readonly unknown[]]>([
    [
      'a word of every message',
      'search_messages',
      ['message_agency_id_subaccount_id_id_key'],
      ['usual', null, null, null, 21],
    ],
    ['a word of no message', 'search_messages', ['message_search'], ['nowhere', null, null, null, 21]],
    [
      'a word of every contact',
      'search_contacts',
      ['contact_agency_id_subaccount_id_id_key', 'contact_list'],
      ['person', null, 21],
    ],
    ['a name of one contact', 'search_contacts', ['contact_search'], ['19000', null, 21]],
  ])('finds %s without looking at the rest', async (_what, name, indexes, values) => {
    await owner.query('begin');
    try {
      await owner.query(scopeStatements(place.ctx.scope, { readOnly: true }));
      const parameters = values.map((_, index) => `$${index + 2}`).join(', ');
      const plan = await (
        await PlanReader.open(owner)
      ).explainInside({
        text: `select ${name}($1, ${parameters})`,
        values: [device.subaccountId, ...values],
      });
      expect(plan.scanned).toEqual([]);
      expect(plan.indexes).toEqual(expect.arrayContaining(indexes.slice(0, 1)));
      expect(plan.rowsRead).toBeLessThan(FEW_ROWS);
    } finally {
      await owner.query('rollback');
    }
  });
});

/** What a function runs, as its owner, with its arguments in the place of its parameters. */
async function bodyOf(name: CrossTenantFunction, values: readonly unknown[]): Promise<Statement> {
  const { rows } = await owner.query<{ body: string; names: readonly string[]; types: readonly string[] }>(
    `select prosrc as body, proargnames as names,
            array(select format_type(t, null) from unnest(proargtypes) t) as types
     from pg_proc where proname = $1`,
    [name],
  );
  const { body = '', names = [], types = [] } = rows[0] ?? {};
  const text = types.reduce(
    (sql, type, index) =>
      sql.replaceAll(new RegExp(`\\b${names[index] ?? ''}\\b`, 'g'), `$${index + 1}::${type}`),
    body,
  );
  return { text, values };
}

describe('the functions that look across tenants', () => {
  const now = new Date();
  const shards = [1, 2, 3, 4];
  const nobody = '00000000-0000-7000-8000-000000000000';

  it.each<[CrossTenantFunction, readonly unknown[], readonly string[]]>([
    [
      'find_token',
      [Buffer.alloc(32)],
      ['login_session_token_hash_key', 'api_key_token_hash_key', 'device_token_token_hash_key'],
    ],
    ['find_login_candidates', ['1@nowhere'], ['app_user_login']],
    ['list_devices_to_wake', [shards, now, 100], ['device_wake']],
    ['list_devices_to_adopt', [shards, null, 100], ['device_linked']],
    ['list_devices_with_due_messages', [shards, now, null, 100], ['device_linked']],
    ['list_devices_with_inbox', [now, 100], ['inbox_due']],
    ['find_waiting_work', [[nobody], now], ['message_queue', 'inbox_due']],
    ['list_due_media', [now, 100], ['message_media_due']],
    ['list_snoozed_conversations', [now, 100], ['conversation_due']],
    ['list_due_bulk_operations', [now, 100], ['bulk_operation_due']],
    ['list_old_bulk_operations', [new Date(0), 100], ['bulk_operation_age']],
  ])('%s uses its indexes', async (name, values, indexes) => {
    const reader = await PlanReader.open(owner);
    const plan = await reader.explain([await bodyOf(name, values)]);
    expect(plan.scanned).toEqual([]);
    expect(plan.indexes).toEqual(expect.arrayContaining([...indexes]));
  });
});

describe('the queue, filled since PostgreSQL last saw it empty', () => {
  beforeAll(async () => {
    await app.db.query(`update message set due_at = null, status = 'READ'`);
    await app.db.query('vacuum analyze message');
    await app.db.query(
      `update message set due_at = now() - interval '1 minute', status = 'PENDING', expires_at = null
       where id in (select id from message order by id limit 3000)`,
    );
    await app.db.query(
      `update message set device_id = $1 where id in (select id from message where subaccount_id = $2 and due_at is not null limit 40)`,
      [device.id, device.subaccountId],
    );
  });

  it.each([
    ['some messages together', { atMost: 4 }],
    ['the first of one rank', { turns: [1] }],
  ])('is not read for a claim of %s', async (_what, options) => {
    const plan = await planOf(() => app.outbox.claim(session.live, options), { run: true });
    expect(plan.rowsRead).toBeGreaterThan(0);
    expect(plan.rowsRead).toBeLessThan(200);
  });
});
