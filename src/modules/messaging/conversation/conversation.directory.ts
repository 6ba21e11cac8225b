import { newId } from '../../../kernel/ids.js';
import { PreparedStatement } from '../../../platform/database/prepared-statement.js';
import type { Transaction } from '../../../platform/database/transaction.js';
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
  `select m.id from message m where m.conversation_id = ${conversationId} and m.due_at is not null order by m.id desc limit 1`;

interface Touched extends TouchedConversation {
  /** What the message woke it from. */
  readonly wokenFrom: ConversationStatus | null;
  readonly assigneeId: string | null;
  readonly teamId: string | null;
  readonly version: number;
}

/** What somebody writes opens a conversation again, but for one that is set aside. */
const WAKES = `excluded.unread_count > 0 and c.status in ('SNOOZED', 'CLOSED')`;

/** The predicate of a conflict target's partial index must be a constant, so there is one statement for each kind. */
function touchStatement(kind: Peer['kind'], peerColumn: 'contact_id' | 'provider_address') {
  return new PreparedStatement<Touched>(
    `touch_conversation_${kind.toLowerCase()}`,
    `insert into conversation as c
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
       (${lastWaiting('c.id')}) as "lastWaitingId"`,
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
  if (row.wokenFrom !== null) {
    const now = { ...names, ...row, status: 'OPEN' as const };
    tx.append(conversationChanged(now, ['STATUS'], { fromStatus: row.wokenFrom }));
  }
  return row;
}

const LAST_WAITING = new PreparedStatement<{ readonly id: string }>('find_last_waiting', lastWaiting('$1'));

/** The newest message that is still to be sent in a conversation, which the caller has locked. */
export async function findLastWaitingId(tx: Transaction, conversationId: string): Promise<string | null> {
  return (await LAST_WAITING.run(tx.em, [conversationId]))[0]?.id ?? null;
}
