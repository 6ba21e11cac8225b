import { newId } from '../../../kernel/ids.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import type { MessagePlace } from '../message/message.entity.js';
import { conversationCreated } from '../messaging.events.js';
import type { MessagingTables } from '../messaging.tables.js';

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

/** Finds or makes the conversation of a device with a peer and counts one more message in it, in one statement. Returns its id. */
export async function touchConversation(tx: Transaction, touch: ConversationTouch): Promise<string> {
  const { device, peer, at, unread } = touch;
  const id = newId();
  const row = await tx.em
    .getKysely<MessagingTables>()
    .insertInto('conversation')
    .values({
      id,
      agency_id: device.agencyId,
      subaccount_id: device.subaccountId,
      device_id: device.deviceId,
      kind: peer.kind,
      contact_id: peer.kind === 'DIRECT' ? peer.contactId : null,
      provider_address: peer.kind === 'GROUP' ? peer.providerAddress : null,
      subject: null,
      status: 'OPEN',
      unread_count: unread,
      last_message_at: at,
      created_at: at,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['device_id', peer.kind === 'DIRECT' ? 'contact_id' : 'provider_address'])
        .where('kind', '=', peer.kind)
        .doUpdateSet((eb) => ({
          unread_count: eb('conversation.unread_count', '+', unread),
          last_message_at: eb.fn<Date>('greatest', [
            'conversation.last_message_at',
            'excluded.last_message_at',
          ]),
        })),
    )
    .returning('id')
    .executeTakeFirstOrThrow();
  if (row.id === id) {
    tx.append(conversationCreated({ id, subaccountId: device.subaccountId, deviceId: device.deviceId }));
  }
  return row.id;
}
