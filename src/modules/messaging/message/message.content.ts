import { toUSVString } from 'node:util';
import type { InboundContent } from '../../../whatsapp/index.js';
import type { MessageKind } from './message.kind.js';

/** The place that a message's sealed content belongs to: it opens nowhere else. */
export function contentPlace(messageId: string): string {
  return `message:${messageId}`;
}

/** What the recipient reads: the text or caption, and below it the brand line. Both were fixed when the message was accepted. */
export function brandedText(message: {
  readonly text?: string | null | undefined;
  readonly brandLine?: string | null | undefined;
}): string | null {
  const lines = [message.text, message.brandLine].filter((line) => line != null);
  return lines.length === 0 ? null : lines.join('\n');
}

type Meaning = Exclude<InboundContent, { kind: 'EDIT' | 'REVOKE' | 'INTERNAL' }>;

/** What a message shows. */
export interface ShownContent {
  readonly kind: MessageKind;
  readonly text: string | null;
  /** Whether the raw content is kept: to download a file, or to show later what is not understood yet. */
  readonly keepsRaw: boolean;
}

export function shownContent(meaning: Meaning): ShownContent {
  switch (meaning.kind) {
    case 'TEXT':
    case 'CONTACT':
    case 'REACTION':
    case 'POLL':
      return { kind: meaning.kind, text: storable(meaning.text), keepsRaw: false };
    case 'LOCATION': {
      const place = `${meaning.latitude},${meaning.longitude}`;
      const text = meaning.text === null ? place : `${meaning.text}\n${place}`;
      return { kind: 'LOCATION', text: storable(text), keepsRaw: false };
    }
    case 'UNSUPPORTED':
      return { kind: 'UNSUPPORTED', text: null, keepsRaw: true };
    default:
      return { kind: meaning.kind, text: storable(meaning.caption), keepsRaw: true };
  }
}

/** PostgreSQL stores no U+0000, JSON no half of a surrogate pair; both can come from outside. */
export function storable(text: string | null): string | null {
  const clean = text === null ? '' : toUSVString(text).replaceAll('\0', '');
  return clean === '' ? null : clean;
}
