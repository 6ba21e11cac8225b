import { UnderscoreNamingStrategy } from '@mikro-orm/core';
import { PreparedStatement } from '../../../platform/database/prepared-statement.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { MESSAGE_PROPERTIES } from './message.entity.js';
import type { Message, MessageProperty } from './message.entity.js';

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
const known = parameterOf(GIVEN_TO_KNOWN);
const listed = (properties: readonly MessageProperty[], conversation: string): string =>
  properties
    .map((property) => (property === 'conversationId' ? conversation : storedOf(property, known)))
    .join(', ');

const INSERT_INTO_KNOWN = new PreparedStatement<{
  readonly conversation_id: string;
  readonly number: string;
}>(
  'insert_message_into_known',
  `with person as (
     select c.id from contact_identity i join contact c on c.id = i.contact_id
     where i.subaccount_id = ${known('subaccountId')} and i.kind = 'PHONE' and i.value = ${known('recipient')}
       and c.phone_number = i.value and c.blocked_at is null and c.opted_out_at is null
     for key share of c
   ), touched as (
     update conversation c set last_message_at = greatest(c.last_message_at, ${known('createdAt')}), woken_from = null
     from person
     where c.device_id = ${known('deviceId')} and c.kind = 'DIRECT' and c.contact_id = person.id
     returning c.id
   ), stored as (
     insert into message (${COLUMNS.join(', ')})
     select ${listed(GIVEN, 't.id')}
     from touched t
     where not exists (select from message m
                       where m.conversation_id = t.id and m.due_at is not null and m.direction = 'OUTBOUND' and m.id > ${known('id')})
     returning id, number, conversation_id
   ), keyed as (
     insert into message_key (message_id, ${KEY_COLUMNS.join(', ')})
     select s.id, ${listed(KEY_PROPERTIES, 's.conversation_id')}
     from stored s
   )
   select conversation_id, number from stored`,
);

/**
 * Stores a new message to a person whom its device has a conversation with, and names that; all in one statement. Returns false, having
 * stored nothing, when there is none yet, when a message that sorts behind it waits there, or when the person may not want it.
 */
export async function insertIntoKnown(tx: Transaction, message: Message): Promise<boolean> {
  const values = GIVEN_TO_KNOWN.map((property) => message[property]);
  const [stored] = await INSERT_INTO_KNOWN.run(tx.em, values);
  if (stored === undefined) return false;
  message.conversationId = stored.conversation_id;
  message.number = Number(stored.number);
  return true;
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
