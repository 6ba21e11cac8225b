import { chatKindOf, lidOf, phoneOf } from '../../../whatsapp/index.js';
import type { InboxEntry } from '../../../whatsapp/index.js';
import type { PersonFacts } from '../../contact/index.js';

/** Whom a received message belongs to. null: nobody's conversation (status posts, newsletters, WhatsApp's own announcements). */
export type InboundPeer =
  | { readonly kind: 'DIRECT'; readonly person: PersonFacts }
  | { readonly kind: 'GROUP'; readonly providerAddress: string; readonly author: string | null }
  | null;

export function peerOf(entry: InboxEntry): InboundPeer {
  const { chat, envelope, participant } = entry;
  switch (chatKindOf(chat)) {
    case 'GROUP': {
      const author = envelope.senderPhone ?? envelope.senderLid ?? participant;
      return { kind: 'GROUP', providerAddress: chat, author: entry.fromMe ? null : author };
    }
    case 'DIRECT':
    case 'SELF':
      return directPeer(entry, chat);
    case 'BROADCAST':
      // Somebody wrote to a list of which we are one: for us it is a message of that person's.
      return entry.fromMe || participant === null ? null : directPeer(entry, participant);
    case 'STATUS':
    case 'NEWSLETTER':
    case 'OTHER':
      return null;
  }
}

function directPeer({ envelope, fromMe }: InboxEntry, address: string): InboundPeer {
  const phone = fromMe ? envelope.recipientPhone : envelope.senderPhone;
  const lid = fromMe ? envelope.recipientLid : envelope.senderLid;
  return {
    kind: 'DIRECT',
    person: {
      phoneNumber: phone ?? phoneOf(address),
      lid: lid ?? lidOf(address),
      // On our own messages the names are ours; who has set none has an empty one.
      pushName: fromMe ? null : envelope.verifiedName?.trim() || envelope.pushName?.trim() || null,
    },
  };
}
