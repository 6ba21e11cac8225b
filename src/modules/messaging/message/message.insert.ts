import { UnderscoreNamingStrategy } from '@mikro-orm/core';
import { PreparedStatement } from '../../../platform/database/prepared-statement.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { MESSAGE_PROPERTIES } from './message.entity.js';
import type { Message, MessageProperty } from './message.entity.js';

const naming = new UnderscoreNamingStrategy();
/** All but what the database gives. */
const GIVEN: readonly MessageProperty[] = MESSAGE_PROPERTIES.filter((property) => property !== 'number');
const COLUMNS = GIVEN.map((property) => naming.propertyToColumnName(property));
const valueOf = (property: MessageProperty): string => `$${GIVEN.indexOf(property) + 1}`;

/** What is due at once is due by the database's clock: the process that sends it need not wait for a clock that is ahead of its own. */
const DUE = `${valueOf('dueAt')}::timestamptz`;
const STORED = GIVEN.map((property) =>
  property === 'dueAt'
    ? `case when ${DUE} = ${valueOf('createdAt')}::timestamptz then least(${DUE}, clock_timestamp()) else ${DUE} end`
    : valueOf(property),
);

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
     insert into message (${COLUMNS.join(', ')}) values (${STORED.join(', ')}) returning id, number
   ), keyed as (
     insert into message_key (message_id, ${KEY_COLUMNS.join(', ')})
     values (${[valueOf('id'), ...KEY_PROPERTIES.map(valueOf)].join(', ')})
     on conflict do nothing returning message_id
   )
   select stored.number from stored join keyed on keyed.message_id = stored.id`,
);

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
