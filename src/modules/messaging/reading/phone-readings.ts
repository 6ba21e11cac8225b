import type { Database } from '../../../platform/database/database.js';
import { PreparedStatement } from '../../../platform/database/prepared-statement.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import type { OwnReading } from '../../../whatsapp/index.js';
import type { LiveSession } from '../../device/index.js';
import { conversationRead } from '../conversation/conversation.events.js';
import { findLockedConversation } from '../conversation/conversation.queries.js';
import { noteReadByAll } from '../conversation/conversation.unread.js';

/** The newest of the messages in each conversation: whatever came before was read with it. */
const FIND_READ = new PreparedStatement<{ readonly conversationId: string; readonly messageId: string }>(
  'find_messages_read_elsewhere',
  `select conversation_id as "conversationId", max(message_id::text)::uuid as "messageId" from message_key
   where device_id = $1 and direction = 'INBOUND' and whatsapp_id = any ($2::text[])
   group by conversation_id order by conversation_id`,
);

const COUNT_NEWER = new PreparedStatement<{ readonly count: number }>(
  'count_messages_received_after',
  `select count(*)::integer as count from message
   where conversation_id = $1 and direction = 'INBOUND' and kind <> 'REACTION' and id > $2`,
);

/** What the owner reads on the phone is read here as well: for everybody, since the phone does not tell who looked at it. */
export class PhoneReadings {
  readonly #database: Database;

  constructor(options: { readonly database: Database }) {
    this.#database = options.database;
  }

  async apply(live: LiveSession, { whatsappIds }: OwnReading): Promise<void> {
    await this.#database.write(live.ctx, async (tx) => {
      await live.assertOwned(tx);
      const read = await FIND_READ.run(tx.em, [live.device.id, whatsappIds]);
      for (const { conversationId, messageId } of read) await markRead(tx, conversationId, messageId);
    });
  }
}

async function markRead(tx: Transaction, id: string, messageId: string): Promise<void> {
  const conversation = await findLockedConversation(tx.em, id);
  if (conversation === null) return;
  const [newer] = await COUNT_NEWER.run(tx.em, [id, messageId]);
  const unread = newer?.count ?? 0;
  const hadMore = conversation.unreadCount > unread;
  if (hadMore) conversation.unreadCount = unread;
  const changed = await noteReadByAll(tx.em, conversation, unread);
  if (hadMore || changed > 0) tx.append(conversationRead(conversation, null));
}
