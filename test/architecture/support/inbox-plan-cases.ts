import { Context } from '../../../src/kernel/context.js';
import { encodeCursor } from '../../../src/kernel/page.js';
import type { PageRequest } from '../../../src/kernel/page.js';
import { AuditEntry, AuditReader } from '../../../src/modules/audit/index.js';
import type { AuditFilter } from '../../../src/modules/audit/audit.queries.js';
import { QuotaReader, UsageDay } from '../../../src/modules/billing/index.js';
import { BulkOperation } from '../../../src/modules/contact/index.js';
import { listOperations, listRowErrors } from '../../../src/modules/contact/bulk/bulk-operation.queries.js';
import { Team, User } from '../../../src/modules/identity/index.js';
import { ConversationHandling, HandlingReader } from '../../../src/modules/inbox/index.js';
import { ConversationNote, ConversationReader } from '../../../src/modules/messaging/index.js';
import type { ConversationFilter } from '../../../src/modules/messaging/conversation/conversation.queries.js';
import { OverviewReader } from '../../../src/modules/overview/index.js';
import { TenantScopes } from '../../../src/modules/tenancy/index.js';
import type { Messaging, TestDevice } from '../../modules/messaging/fixture.js';

export const INBOX_ENTITIES = [
  AuditEntry,
  BulkOperation,
  ConversationHandling,
  ConversationNote,
  Team,
  UsageDay,
  User,
];

/** Whose inbox it is, and rows of it that questions are about. */
export interface BusyPlace {
  readonly app: Messaging;
  readonly device: TestDevice;
  /** Of a tenant where little happens. */
  readonly quiet: TestDevice;
  readonly ctx: Context;
  readonly userId: string;
  /** Somebody who has read nothing. */
  readonly idlerId: string;
  readonly assigneeId: string;
  readonly teamId: string;
  readonly conversationId: string;
  readonly operationId: string;
  /** In the middle of the list. */
  readonly cursor: string;
}

/** A user asks: some lists mean who asks. */
export async function findBusyPlace(
  app: Messaging,
  device: TestDevice,
  quiet: TestDevice,
): Promise<BusyPlace> {
  const { agencyId, subaccountId } = device;
  const [row] = await app.db.query<{
    ids: Record<Exclude<keyof BusyPlace, 'app' | 'device' | 'quiet' | 'ctx'>, string>;
  }>(
    `select json_build_object(
       'userId', (select id from app_user where email = '1@' || $1::uuid),
       'idlerId', (select id from app_user where email = '2@' || $1::uuid),
       'assigneeId', (select assignee_id from conversation where subaccount_id = $1::uuid and assignee_id is not null limit 1),
       'teamId', (select id from team where subaccount_id = $1::uuid limit 1),
       'conversationId', (select id from conversation where subaccount_id = $1::uuid and assignee_id is not null limit 1),
       'operationId', (select id from bulk_operation where subaccount_id = $1::uuid limit 1),
       'cursor', (select id from conversation where subaccount_id = $1::uuid order by last_message_at offset 10000 limit 1)) as ids`,
    [subaccountId],
  );
  if (row === undefined) throw new Error('there is no inbox');
  const { ids } = row;
  const [middle] = await app.db.query<{ at: Date }>(
    'select last_message_at as at from conversation where id = $1',
    [ids.cursor],
  );
  const ctx = contextOf(ids.userId, agencyId);
  return {
    ...ids,
    app,
    device,
    quiet,
    ctx,
    cursor: encodeCursor([middle?.at.toISOString() ?? '', ids.cursor]),
  };
}

function contextOf(userId: string, agencyId: string): Context {
  return Context.forRequest({
    requestId: 'plans',
    actor: { kind: 'user', userId, sessionId: userId },
    scope: { agencyId, subaccountIds: 'all' },
    actions: new Set(),
  });
}

/** Somebody who has read nothing asks. */
const idle =
  (work: (place: BusyPlace) => Promise<unknown>) =>
  (place: BusyPlace): Promise<unknown> =>
    work({ ...place, ctx: contextOf(place.idlerId, place.device.agencyId) });

type PlanCase = readonly [
  what: string,
  indexes: readonly string[],
  work: (place: BusyPlace) => Promise<unknown>,
];

const PAGE = { first: 20 };

const conversations =
  (filter: (place: BusyPlace) => ConversationFilter, request: PageRequest = PAGE) =>
  (place: BusyPlace): Promise<unknown> =>
    new ConversationReader({ database: place.app.database }).listOfEach(
      place.ctx,
      { key: 'subaccountId', ids: [place.device.subaccountId] },
      request,
      filter(place),
    );

const countUnreadByMe = ({ app, ctx, device }: BusyPlace): Promise<unknown> =>
  new ConversationReader(app).countOfEach(ctx, [device.subaccountId], { unreadByMe: true });

const audit =
  (filter: (place: BusyPlace) => AuditFilter, of: 'agency' | 'subaccount' = 'agency') =>
  (place: BusyPlace): Promise<unknown> => {
    const { app, ctx, device } = place;
    const reader = new AuditReader({
      database: app.database,
      scopes: new TenantScopes({ database: app.database }),
    });
    const { agencyId, subaccountId } = device;
    return reader.list(ctx, of === 'agency' ? { agencyId } : { subaccountId }, PAGE, filter(place));
  };

/** Where little happens. */
const quietly =
  (work: (place: BusyPlace) => Promise<unknown>) =>
  (place: BusyPlace): Promise<unknown> =>
    work({ ...place, device: place.quiet, ctx: contextOf(place.userId, place.quiet.agencyId) });

const overviews = ({ app }: BusyPlace): OverviewReader => {
  const { database, clock } = app;
  return new OverviewReader({
    database,
    clock,
    quotas: new QuotaReader({ database, clock }),
    handlings: new HandlingReader(app),
  });
};

/** What a question about a small part of an inbox may look at; the inbox has twenty thousand conversations. */
export const FEW_ROWS = 5_000;

export const INBOX_CASES: readonly PlanCase[] = [
  ['what is open', ['conversation_by_status'], conversations(() => ({ status: ['OPEN'] }))],
  ['what is snoozed', ['conversation_by_status'], conversations(() => ({ status: ['SNOOZED'] }))],
  [
    'what is closed and unread',
    ['conversation_unread'],
    conversations(() => ({ status: ['CLOSED'], unread: true })),
  ],
  ['what is unread', ['conversation_unread'], conversations(() => ({ unread: true }))],
  ['what is mine', ['conversation_by_assignee'], conversations(() => ({ assigned: 'ME' }))],
  ['what a colleague has', ['conversation_by_assignee'], conversations(({ assigneeId }) => ({ assigneeId }))],
  ['what nobody has', ['conversation_list'], conversations(() => ({ assigned: 'NOBODY' }))],
  ['what a team has', ['conversation_by_team'], conversations(({ teamId }) => ({ teamId }))],
  [
    'what came to a device',
    ['conversation_by_device', 'conversation_direct'],
    conversations(({ device }) => ({ deviceId: device.id })),
  ],
  [
    'what has a label',
    ['conversation_label_conversations', 'conversation_label_pkey'],
    conversations(() => ({ label: 'label 7' })),
  ],
  ['what mentions me', ['conversation_mention_user'], conversations(() => ({ mentionsMe: true }))],
  ['what I have not read', ['unread_conversation_user'], conversations(() => ({ unreadByMe: true }))],
  ['how much I have not read', ['unread_conversation_user'], countUnreadByMe],
  [
    'what somebody has not read who never looks',
    ['unread_conversation_user', 'unread_conversation_pkey'],
    idle(conversations(() => ({ unreadByMe: true }))),
  ],
  [
    'how much somebody has not read who never looks',
    ['unread_conversation_user', 'unread_conversation_pkey'],
    idle(countUnreadByMe),
  ],
  [
    'a page in the middle',
    ['conversation_list'],
    (place) => conversations(() => ({}), { ...PAGE, after: place.cursor })(place),
  ],
  [
    'how much is closed',
    ['conversation_by_status', 'conversation_list', 'conversation_agency_id_subaccount_id_id_key'],
    ({ app, ctx, device }) =>
      new ConversationReader(app).countOfEach(ctx, [device.subaccountId], { status: ['CLOSED'] }),
  ],
  [
    'how much is unread',
    ['conversation_unread'],
    ({ app, ctx, device }) =>
      new ConversationReader(app).countOfEach(ctx, [device.subaccountId], { unread: true }),
  ],
  [
    'what somebody works on',
    ['conversation_by_assignee', 'conversation_busy'],
    ({ app, ctx, device, assigneeId }) =>
      new ConversationReader(app).listIdsOf(ctx, { subaccountId: device.subaccountId, assigneeId }, 100),
  ],
  [
    'how long people waited since yesterday',
    ['conversation_handling_time'],
    ({ app, ctx, device }) =>
      new HandlingReader(app).summarize(ctx, [device.subaccountId], {
        from: new Date(Date.now() - 24 * 60 * 60_000),
        to: new Date(),
      }),
  ],
  [
    'the handlings of a conversation',
    ['conversation_handling_list'],
    ({ app, ctx, conversationId }) => new HandlingReader(app).listOfEach(ctx, [conversationId], PAGE),
  ],
  [
    'messages that ended unsent',
    ['message_unsent'],
    ({ app, ctx, device }) =>
      app.reader.listOfEach(ctx, { key: 'subaccountId', ids: [device.subaccountId] }, PAGE, {
        status: ['FAILED'],
      }),
  ],
  [
    'messages that wait to be sent',
    ['message_waiting'],
    ({ app, ctx, device }) =>
      app.reader.listOfEach(ctx, { key: 'subaccountId', ids: [device.subaccountId] }, PAGE, {
        status: ['SCHEDULED'],
      }),
  ],
  [
    'a page of the messages of a subaccount',
    ['message_agency_id_subaccount_id_id_key', 'message_pkey'],
    ({ app, ctx, device }) =>
      app.reader.listOfEach(ctx, { key: 'subaccountId', ids: [device.subaccountId] }, PAGE),
  ],
  ['the audit log of an agency', ['audit_entry_agency', 'audit_entry_pkey'], audit(() => ({}))],
  ['the audit log of a subaccount', ['audit_entry_subaccount'], audit(() => ({}), 'subaccount')],
  ['the audit log of a quiet agency', ['audit_entry_agency'], quietly(audit(() => ({})))],
  [
    'the audit log of a quiet subaccount',
    ['audit_entry_subaccount'],
    quietly(audit(() => ({}), 'subaccount')),
  ],
  [
    'what was done of one kind in a quiet agency',
    ['audit_entry_action', 'audit_entry_agency'],
    quietly(audit(() => ({ actions: ['conversation.read'] }))),
  ],
  [
    'what was done of one kind in a quiet subaccount',
    ['audit_entry_action', 'audit_entry_subaccount'],
    quietly(audit(() => ({ actions: ['conversation.read'] }), 'subaccount')),
  ],
  [
    'what nobody did in a quiet agency',
    ['audit_entry_actor', 'audit_entry_agency'],
    quietly(audit(({ assigneeId }) => ({ actorId: assigneeId }))),
  ],
  ['what was done of one kind', ['audit_entry_action'], audit(() => ({ actions: ['conversation.read'] }))],
  ['what somebody did', ['audit_entry_actor'], audit(({ assigneeId }) => ({ actorId: assigneeId }))],
  [
    'what was done to something',
    ['audit_entry_target'],
    audit(({ conversationId }) => ({ targetId: conversationId })),
  ],
  [
    'what was done since yesterday',
    ['audit_entry_agency', 'audit_entry_pkey'],
    audit(() => ({ from: new Date(Date.now() - 24 * 60 * 60_000) })),
  ],
  [
    'the overview of a subaccount',
    ['usage_day_subaccount'],
    (place) => overviews(place).ofSubaccounts(place.ctx, [place.device.subaccountId], 1),
  ],
  [
    'the overview of an agency',
    ['usage_day_agency'],
    (place) => overviews(place).ofAgency(place.ctx, place.device.agencyId, 1),
  ],
  [
    'bulk operations',
    ['bulk_operation_list', 'bulk_operation_agency_id_subaccount_id_id_key'],
    ({ app, ctx, device }) => app.database.read(ctx, (em) => listOperations(em, device.subaccountId, PAGE)),
  ],
  [
    'the errors of a bulk operation',
    ['bulk_operation_error_pkey'],
    ({ app, ctx, operationId }) => app.database.read(ctx, (em) => listRowErrors(em, operationId, 0, 100)),
  ],
];
