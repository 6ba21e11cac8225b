import { newId } from '../../../kernel/ids.js';
import { PreparedStatement } from '../../../platform/database/prepared-statement.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { workersOf } from '../../identity/index.js';
import type { MessagePlace } from '../message/message.entity.js';
import type { ConversationStatus } from './conversation.entity.js';
import { conversationChanged, conversationCreated } from './conversation.events.js';

/** The other side of a conversation: a person that is a contact, or a group by its provider address. */
export type Peer =
  | { readonly kind: 'DIRECT'; readonly contactId: string }
  | { readonly kind: 'GROUP'; readonly providerAddress: string };

export interface ConversationTouch {
  readonly device: Omit<MessagePlace, 'conversationId'>;
  readonly peer: Peer;
  /** Time of the message that is being added. */
  readonly at: Date;
  readonly unread: 0 | 1;
}

export interface TouchedConversation {
  readonly id: string;
  /** The newest message that is still to be sent in it. */
  readonly lastWaitingId: string | null;
}

const lastWaiting = (conversationId: string): string =>
  `select m.id from message m
   where m.conversation_id = ${conversationId} and m.due_at is not null and m.direction = 'OUTBOUND' order by m.id desc limit 1`;

interface Touched extends TouchedConversation {
  /** What the message woke it from. */
  readonly wokenFrom: ConversationStatus | null;
  readonly assigneeId: string | null;
  readonly teamId: string | null;
  readonly version: number;
}

/** What somebody writes opens a conversation again, but for one that is set aside. */
const WAKES = `excluded.unread_count > 0 and c.status in ('SNOOZED', 'CLOSED')`;

/**
 * What came in is unread for all who see the conversations; most of the time it was unread for them before, and nothing is written. Who marks
 * one as read holds it, so that what is there is looked for when that is over.
 */
function unreadOf(counted: string, workers: string): string {
  return `insert into unread_conversation (conversation_id, user_id, agency_id, subaccount_id, device_id, read_count)
    select t.id, w.user_id, t.agency_id, t.subaccount_id, t.device_id, t.received_count - t.arrived
    from ${counted} t cross join (${workers}) w where t.arrived > 0
    on conflict do nothing`;
}

const COUNTED = 'c.agency_id, c.subaccount_id, c.device_id, c.received_count';
const TOUCHED = 'id, "wokenFrom", "assigneeId", "teamId", version';

/** The predicate of a conflict target's partial index must be a constant, so there is one statement for each kind. */
function touchStatement(kind: Peer['kind'], peerColumn: 'contact_id' | 'provider_address') {
  return new PreparedStatement<Touched>(
    `touch_conversation_${kind.toLowerCase()}`,
    `with touched as (insert into conversation as c
       (id, agency_id, subaccount_id, device_id, kind, ${peerColumn}, status, unread_count, received_count,
        last_message_at, created_at)
     values ($1, $2, $3, $4, '${kind}', $5, 'OPEN', $6, $6, $7, $7)
     on conflict (device_id, ${peerColumn}) where kind = '${kind}' do update set
       unread_count = c.unread_count + excluded.unread_count,
       received_count = c.received_count + excluded.received_count,
       last_message_at = greatest(c.last_message_at, excluded.last_message_at),
       woken_from = case when ${WAKES} then c.status end,
       status = case when ${WAKES} then 'OPEN' else c.status end,
       snoozed_until = case when ${WAKES} then null else c.snoozed_until end,
       version = c.version + case when ${WAKES} then 1 else 0 end
     returning c.id, c.woken_from as "wokenFrom", c.assignee_id as "assigneeId", c.team_id as "teamId", c.version,
       (${lastWaiting('c.id')}) as "lastWaitingId", ${COUNTED}, $6::integer as arrived),
     unread as (${unreadOf('touched', workersOf('$2', '$3'))})
     select ${TOUCHED}, "lastWaitingId" from touched`,
  );
}

const TOUCH = {
  DIRECT: touchStatement('DIRECT', 'contact_id'),
  GROUP: touchStatement('GROUP', 'provider_address'),
} as const;

/** Finds or makes the conversation of a device with a peer and counts one more message in it, in one statement. */
export async function touchConversation(
  tx: Transaction,
  touch: ConversationTouch,
): Promise<TouchedConversation> {
  const { device, peer, at, unread } = touch;
  const { agencyId, subaccountId, deviceId } = device;
  const newConversationId = newId();
  const place = [newConversationId, agencyId, subaccountId, deviceId];
  const address = peer.kind === 'DIRECT' ? peer.contactId : peer.providerAddress;
  const [row] = await TOUCH[peer.kind].run(tx.em, [...place, address, unread, at]);
  if (row === undefined) throw new Error('a conversation was neither found nor made');
  const names = { id: row.id, subaccountId, deviceId };
  if (row.id === newConversationId) tx.append(conversationCreated(names));
  tellWoken(tx, device, row);
  return row;
}

function tellWoken(
  tx: Transaction,
  { subaccountId, deviceId }: ConversationTouch['device'],
  row: Omit<Touched, 'lastWaitingId'>,
): void {
  if (row.wokenFrom === null) return;
  const now = { ...row, subaccountId, deviceId, status: 'OPEN' as const };
  tx.append(conversationChanged(now, ['STATUS'], { fromStatus: row.wokenFrom }));
}

/** Messages that people wrote in a conversation, counted together. */
export interface Arrivals {
  readonly conversationId: string;
  readonly count: number;
  /** Time of the latest. */
  readonly at: Date;
}

const ASLEEP = `c.status in ('SNOOZED', 'CLOSED')`;

const COUNT_ARRIVALS = new PreparedStatement<Omit<Touched, 'lastWaitingId'>>(
  'count_arrivals',
  `with counted as (update conversation c set
     unread_count = c.unread_count + a.count,
     received_count = c.received_count + a.count,
     last_message_at = greatest(c.last_message_at, a.at),
     woken_from = case when ${ASLEEP} then c.status end,
     status = case when ${ASLEEP} then 'OPEN' else c.status end,
     snoozed_until = case when ${ASLEEP} then null else c.snoozed_until end,
     version = c.version + case when ${ASLEEP} then 1 else 0 end
   from unnest($1::uuid[], $2::integer[], $3::timestamptz[]) as a (id, count, at)
   where c.id = a.id
   returning c.id, c.woken_from as "wokenFrom", c.assignee_id as "assigneeId", c.team_id as "teamId", c.version,
     ${COUNTED}, a.count as arrived),
   unread as (${unreadOf('counted', workersOf('$4', '$5'))})
   select ${TOUCHED} from counted`,
);

/** As {@link touchConversation}, for conversations that exist and that the caller has locked. Tells which of them woke. */
export async function countArrivals(
  tx: Transaction,
  device: ConversationTouch['device'],
  arrivals: readonly Arrivals[],
): Promise<void> {
  const rows = await COUNT_ARRIVALS.run(tx.em, [
    arrivals.map(({ conversationId }) => conversationId),
    arrivals.map(({ count }) => count),
    arrivals.map(({ at }) => at),
    device.agencyId,
    device.subaccountId,
  ]);
  for (const row of rows) tellWoken(tx, device, row);
}

const LAST_WAITING = new PreparedStatement<{ readonly id: string }>('find_last_waiting', lastWaiting('$1'));

/** The newest message that is still to be sent in a conversation, which the caller has locked. */
export async function findLastWaitingId(tx: Transaction, conversationId: string): Promise<string | null> {
  return (await LAST_WAITING.run(tx.em, [conversationId]))[0]?.id ?? null;
}
