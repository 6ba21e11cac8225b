import { PreparedStatement } from '../../../platform/database/prepared-statement.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import type { InboundContent } from '../../../whatsapp/index.js';
import { storable } from '../message/message.content.js';
import type { Message } from '../message/message.entity.js';
import { messageUpdated } from '../messaging.events.js';

/** The earlier message that a message is about. */
export interface Reference {
  /** What it reacts to. */
  readonly targetId: string | null;
  /** What it answers. */
  readonly replyToId: string | null;
  /** What it answers, when that is not here. */
  readonly quotedText: string | null;
}

const NOTHING: Reference = { targetId: null, replyToId: null, quotedText: null };

const FIND_BY_WHATSAPP_ID = new PreparedStatement<{ readonly id: string }>(
  'find_message_by_whatsapp_id',
  `select message_id as id from message_key
   where device_id = $1 and whatsapp_id = $2 and conversation_id = $3 order by direction desc limit 1`,
);

/** Costs a statement only for a message that is about another one. A quote without any text of a message that is not here is empty. */
export async function findReference(
  tx: Transaction,
  deviceId: string,
  conversation: { readonly id: string } | null,
  meaning: InboundContent | null,
): Promise<Reference> {
  if (meaning?.kind === 'REACTION') {
    const targetId = await findByWhatsAppId(tx, deviceId, conversation, meaning.targetWhatsappId);
    return { ...NOTHING, targetId };
  }
  const quote = meaning?.quote;
  if (quote === undefined) return NOTHING;
  const replyToId = await findByWhatsAppId(tx, deviceId, conversation, quote.whatsappId);
  return { ...NOTHING, replyToId, quotedText: replyToId === null ? (storable(quote.text) ?? '') : null };
}

/** Who looks at the target of a reaction has to look again. */
export function tellTarget(tx: Transaction, message: Message): void {
  const { kind, targetId, subaccountId, deviceId, conversationId } = message;
  if (kind !== 'REACTION' || targetId == null) return;
  tx.append(messageUpdated({ id: targetId, subaccountId, deviceId, conversationId }, 'REACTED'));
}

/** Whoever wrote it. */
async function findByWhatsAppId(
  tx: Transaction,
  deviceId: string,
  conversation: { readonly id: string } | null,
  whatsappId: string,
): Promise<string | null> {
  if (conversation === null) return null;
  return (await FIND_BY_WHATSAPP_ID.run(tx.em, [deviceId, whatsappId, conversation.id]))[0]?.id ?? null;
}
