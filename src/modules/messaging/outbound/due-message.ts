import { PreparedStatement } from '../../../platform/database/prepared-statement.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import type { Strangers } from './pacing/pace.js';

export interface DueMessage {
  readonly id: string;
  readonly scheduled: boolean;
  /** The recipient never wrote to this number. */
  readonly stranger: boolean;
  /** And this number never wrote to the recipient. */
  readonly firstContact: boolean;
}

export interface DueOptions {
  /** Only of this rank or below it. */
  readonly from?: number;
  /** Passes over first messages that must wait. */
  readonly without?: Strangers;
}

interface DueRow {
  readonly id: string;
  readonly scheduled: boolean;
  readonly stranger: boolean;
  readonly first_contact: boolean;
}

function isTo(condition: string): string {
  return `exists (select from conversation c where c.id = m.conversation_id and ${condition})`;
}
const STRANGER = isTo('c.first_inbound_at is null');
const FIRST_CONTACT = isTo('c.first_inbound_at is null and c.reached_out_at is null');

/** Columns of `message m`. */
export const ABOUT_RECIPIENT = `${STRANGER} as stranger, ${FIRST_CONTACT} as first_contact`;

/**
 * Of `m`, a message that is due or what is known of one: its content, or fetched file, is there and no earlier message of its conversation
 * and priority is in the outbox.
 */
export function canLeave(now: string, hasContent: string): string {
  return `
      -- What has expired need not wait for its file.
      (${hasContent} or m.expires_at <= ${now} or exists (
        select from message_media f where f.message_id = m.id and f.state = 'AVAILABLE'))
      -- As a scalar: looked up for each candidate in turn, and the first is mostly the one. Made a join, it reads the whole outbox each time.
      and (
        select e.id from message e
        where e.conversation_id = m.conversation_id and e.priority = m.priority and e.id < m.id
          and e.due_at is not null and (e.status <> 'SCHEDULED' or e.due_at <= ${now})
        limit 1) is null`;
}

/** $1 device, $2 now. Locks what it finds. */
function dueSelect(condition: string): string {
  return `
    select m.id, m.status = 'SCHEDULED' as scheduled, ${ABOUT_RECIPIENT}
    from message m
    where m.device_id = $1 and m.due_at is not null and m.due_at <= $2 and m.status in ('PENDING', 'SCHEDULED')
      ${condition} and ${canLeave('$2', 'm.content is not null')}
    order by m.priority, m.id limit 1 for update of m skip locked`;
}

/** Each condition has a plan of its own; a parameter that switches it off would be in the way of the index. */
function dueStatement(name: string, condition: string) {
  return new PreparedStatement<DueRow>(`find_due_${name}`, dueSelect(condition));
}

const OF_ANY_PRIORITY = {
  all: dueStatement('all', ''),
  STRANGERS: dueStatement('without_strangers', `and not ${STRANGER}`),
  FIRST_CONTACTS: dueStatement('without_first_contacts', `and not ${FIRST_CONTACT}`),
};
const FROM_A_RANK = {
  all: dueStatement('in_turn', 'and m.priority >= $3'),
  STRANGERS: dueStatement('in_turn_without_strangers', `and m.priority >= $3 and not ${STRANGER}`),
  FIRST_CONTACTS: dueStatement(
    'in_turn_without_first_contacts',
    `and m.priority >= $3 and not ${FIRST_CONTACT}`,
  ),
};

/**
 * The next due message whose recipient has no earlier one of the same priority in the outbox and whose content, or fetched file, is
 * there. What is scheduled for later holds nothing back.
 */
export async function findDue(
  tx: Transaction,
  deviceId: string,
  now: Date,
  { from, without }: DueOptions = {},
): Promise<DueMessage | null> {
  const which = without ?? 'all';
  const [row] =
    from === undefined
      ? await OF_ANY_PRIORITY[which].run(tx.em, [deviceId, now])
      : await FROM_A_RANK[which].run(tx.em, [deviceId, now, from]);
  if (row === undefined) return null;
  const { id, scheduled, stranger, first_contact: firstContact } = row;
  return { id, scheduled, stranger, firstContact };
}
