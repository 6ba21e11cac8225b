import { UnderscoreNamingStrategy } from '@mikro-orm/core';
import { GatheredQuestion } from '../../../platform/database/gathered-question.js';
import { PreparedStatement } from '../../../platform/database/prepared-statement.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { MESSAGE_PROPERTIES } from './message.entity.js';
import type { Message, MessageProperty } from './message.entity.js';

/** As PostgreSQL should think of it when it plans. */
const MOST_GATHERED = 16;

const naming = new UnderscoreNamingStrategy();
/** All but what the database gives. */
const GIVEN: readonly MessageProperty[] = MESSAGE_PROPERTIES.filter((property) => property !== 'number');
const COLUMNS = GIVEN.map((property) => naming.propertyToColumnName(property));
const parameterOf =
  (properties: readonly MessageProperty[]) =>
  (property: MessageProperty): string =>
    `$${properties.indexOf(property) + 1}`;
const valueOf = parameterOf(GIVEN);

/**
 * What is stored. What is due at once is due by the database's clock: the process that sends it need not wait for a clock that is ahead of
 * its own.
 */
function storedOf(property: MessageProperty, parameter: typeof valueOf): string {
  const value = parameter(property);
  if (property !== 'dueAt') return value;
  const due = `${value}::timestamptz`;
  return `case when ${due} = ${parameter('createdAt')}::timestamptz then least(${due}, clock_timestamp()) else ${due} end`;
}

const KEY_PROPERTIES: readonly MessageProperty[] = [
  'agencyId',
  'subaccountId',
  'deviceId',
  'conversationId',
  'direction',
  'whatsappId',
];
const KEY_COLUMNS = KEY_PROPERTIES.map((property) => naming.propertyToColumnName(property));

const INSERT = new PreparedStatement<{ readonly number: string }>(
  'insert_message',
  `with stored as (
     insert into message (${COLUMNS.join(', ')}) values (${GIVEN.map((property) => storedOf(property, valueOf)).join(', ')}) returning id, number
   ), keyed as (
     insert into message_key (message_id, ${KEY_COLUMNS.join(', ')})
     values (${[valueOf('id'), ...KEY_PROPERTIES.map(valueOf)].join(', ')})
     on conflict do nothing returning message_id
   )
   select stored.number from stored join keyed on keyed.message_id = stored.id`,
);

/** What differs between messages that came in together, with its type. */
const DIFFERENT = {
  id: 'uuid',
  conversationId: 'uuid',
  kind: 'text',
  text: 'text',
  whatsappId: 'text',
  sentAt: 'timestamptz',
  caughtUp: 'boolean',
} as const satisfies Partial<Record<MessageProperty, string>>;

type DifferentProperty = keyof typeof DIFFERENT;
const isDifferent = (property: MessageProperty): property is DifferentProperty => property in DIFFERENT;
const EACH = GIVEN.filter(isDifferent);
const ALIKE = GIVEN.filter((property) => !isDifferent(property));
const eachOf = (property: MessageProperty): string =>
  isDifferent(property) ? `e.${naming.propertyToColumnName(property)}` : parameterOf(ALIKE)(property);

const INSERT_TOGETHER = new PreparedStatement<{ readonly id: string }>(
  'insert_messages_together',
  `with entry as (
     select * from unnest(${EACH.map((property, index) => `$${ALIKE.length + index + 1}::${DIFFERENT[property]}[]`).join(', ')})
       as e (${EACH.map((property) => naming.propertyToColumnName(property)).join(', ')})
   ), keyed as (
     insert into message_key (message_id, ${KEY_COLUMNS.join(', ')})
     select ${['id' as const, ...KEY_PROPERTIES].map(eachOf).join(', ')} from entry e
     on conflict do nothing returning message_id
   )
   insert into message (${COLUMNS.join(', ')})
   select ${GIVEN.map(eachOf).join(', ')} from entry e join keyed on keyed.message_id = e.id
   returning id`,
);

/** The conversation is found by the statement. */
const GIVEN_TO_KNOWN = GIVEN.filter((property) => property !== 'conversationId');
const knownOf = (property: MessageProperty): string =>
  property === 'conversationId' ? 't.id' : `e.${naming.propertyToColumnName(property)}`;
const listed = (properties: readonly MessageProperty[]): string =>
  properties.map((property) => storedOf(property, knownOf)).join(', ');

/**
 * $1: messages as rows. What belongs to each of them is looked up for each, by its key: a join would be planned for as many messages as PostgreSQL
 * guesses, and read whole tables for them.
 */
const INSERT_INTO_KNOWN = new PreparedStatement<{
  readonly id: string;
  readonly conversation_id: string;
  readonly number: string;
}>(
  'insert_messages_into_known',
  `with entry as materialized (
     select * from jsonb_populate_recordset(null::message, $1::jsonb) limit ${MOST_GATHERED}
   ), talk as materialized (
     select e.id as message_id, e.created_at, v.id
     from entry e
     cross join lateral (
       select c.id from contact_identity i join contact c on c.id = i.contact_id
       where i.subaccount_id = e.subaccount_id and i.kind = 'PHONE' and i.value = e.recipient
         and c.phone_number = i.value and c.blocked_at is null and c.opted_out_at is null
       limit 1 for key share of c) person
     cross join lateral (
       select v.id from conversation v
       where v.device_id = e.device_id and v.kind = 'DIRECT' and v.contact_id = person.id limit 1) v
   ), touched as (
     update conversation c set last_message_at = greatest(c.last_message_at, l.at), woken_from = null
     from (select id, max(created_at) as at from talk group by id) l
     where c.id = l.id
     returning c.id
   ), stored as (
     insert into message (${COLUMNS.join(', ')})
     select ${listed(GIVEN)}
     from entry e join talk on talk.message_id = e.id join touched t on t.id = talk.id
     where (select m.id from message m
            where m.conversation_id = t.id and m.due_at is not null and m.direction = 'OUTBOUND' and m.id > e.id limit 1) is null
     order by e.id
     returning id, number, conversation_id
   ), keyed as (
     insert into message_key (message_id, ${KEY_COLUMNS.join(', ')})
     select e.id, ${listed(KEY_PROPERTIES).replaceAll('t.id', 's.conversation_id')}
     from stored s join entry e on e.id = s.id
   )
   select id, conversation_id, number from stored`,
);

const intoKnown = new GatheredQuestion<Message, boolean>(
  async (em, messages) => {
    const rows = await INSERT_INTO_KNOWN.run(em, [JSON.stringify(messages.map(rowOf))]);
    const stored = new Map(rows.map((row) => [row.id, row]));
    return messages.map((message) => {
      const row = stored.get(message.id);
      if (row === undefined) return false;
      message.conversationId = row.conversation_id;
      message.number = Number(row.number);
      return true;
    });
  },
  { atMost: MOST_GATHERED },
);

function rowOf(message: Message): Record<string, unknown> {
  return Object.fromEntries(
    GIVEN_TO_KNOWN.map((property) => [naming.propertyToColumnName(property), inJson(message[property])]),
  );
}

/** PostgreSQL's JSON takes no half of a surrogate pair, where a parameter of its own is mended on its way. */
function inJson(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  return Buffer.isBuffer(value) ? `\\x${value.toString('hex')}` : value;
}

/**
 * Stores a new message to a person whom its device has a conversation with, and names that; all in one statement, with those of others in the same
 * transaction. Returns false, having stored nothing, when there is none yet, when a message that sorts behind it waits there, or when the person
 * may not want it.
 */
export function insertIntoKnown(tx: Transaction, message: Message): Promise<boolean> {
  return intoKnown.of(tx.em, message);
}

/**
 * Stores a new message, tells it its number and makes its WhatsApp id findable: for receipts, for redeliveries, and unique. Returns false
 * when the conversation has that id already; the transaction must then be given up.
 */
export async function insertMessage(tx: Transaction, message: Message): Promise<boolean> {
  const values = GIVEN.map((property) => message[property]);
  const [stored] = await INSERT.run(tx.em, values);
  if (stored === undefined) return false;
  message.number = Number(stored.number);
  return true;
}

/**
 * As {@link insertMessage}, for messages that came in together and differ in nothing but what {@link DIFFERENT} names; they are not told their numbers.
 * Returns false when a conversation has one of the ids already.
 */
export async function insertTogether(tx: Transaction, messages: readonly Message[]): Promise<boolean> {
  const [first] = messages;
  if (first === undefined) return true;
  const stored = await INSERT_TOGETHER.run(tx.em, [
    ...ALIKE.map((property) => first[property]),
    ...EACH.map((property) => messages.map((message) => message[property])),
  ]);
  return stored.length === messages.length;
}
