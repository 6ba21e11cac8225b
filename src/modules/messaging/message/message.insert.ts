import { UnderscoreNamingStrategy } from '@mikro-orm/core';
import { PreparedStatement } from '../../../platform/database/prepared-statement.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { MESSAGE_PROPERTIES } from './message.entity.js';
import type { Message, MessageProperty } from './message.entity.js';

const naming = new UnderscoreNamingStrategy();
const COLUMNS = MESSAGE_PROPERTIES.map((property) => naming.propertyToColumnName(property));
const valueOf = (property: MessageProperty): string => `$${MESSAGE_PROPERTIES.indexOf(property) + 1}`;

const KEY_PROPERTIES: readonly MessageProperty[] = [
  'agencyId',
  'subaccountId',
  'deviceId',
  'conversationId',
  'direction',
  'whatsappId',
];
const KEY_COLUMNS = KEY_PROPERTIES.map((property) => naming.propertyToColumnName(property));

const INSERT = new PreparedStatement<{ readonly message_id: string }>(
  'insert_message',
  `with stored as (
     insert into message (${COLUMNS.join(', ')}) values (${MESSAGE_PROPERTIES.map(valueOf).join(', ')})
   )
   insert into message_key (message_id, ${KEY_COLUMNS.join(', ')})
   values (${[valueOf('id'), ...KEY_PROPERTIES.map(valueOf)].join(', ')})
   on conflict do nothing returning message_id`,
);

/**
 * Stores a new message and makes its WhatsApp id findable: for receipts, for redeliveries, and unique. Returns false when the
 * conversation has that id already; the transaction must then be given up.
 */
export async function insertMessage(tx: Transaction, message: Message): Promise<boolean> {
  const values = MESSAGE_PROPERTIES.map((property) => message[property]);
  return (await INSERT.run(tx.em, values)).length === 1;
}
