import type { InboundContent, InboxEntry } from '../../../whatsapp/index.js';
import type { PersonFacts } from '../../contact/index.js';
import { shownContent } from '../message/message.content.js';
import type { ShownContent } from '../message/message.content.js';
import { peerOf } from './inbound.peer.js';

/** What a person wrote to us that can be read, is about no other message and brings no file: most of what comes. */
export interface PlainEntry {
  readonly entry: InboxEntry;
  readonly person: PersonFacts;
  readonly shown: ShownContent;
}

/** null: it needs a look of its own. `meaning` null: it cannot be decrypted yet. */
export function plainOf(entry: InboxEntry, meaning: InboundContent | null): PlainEntry | null {
  if (meaning === null || entry.fromMe || meaning.quote !== undefined) return null;
  const shown = shownOf(meaning);
  if (shown === null) return null;
  const peer = peerOf(entry);
  return peer?.kind === 'DIRECT' ? { entry, person: peer.person, shown } : null;
}

function shownOf(meaning: InboundContent): ShownContent | null {
  switch (meaning.kind) {
    case 'TEXT':
    case 'LOCATION':
    case 'CONTACT':
    case 'POLL':
      return shownContent(meaning);
    default:
      return null;
  }
}
