import type { MediaType } from './session.js';

/** An earlier message that a message answers, as its author's phone saw it. */
export interface Quote {
  readonly whatsappId: string;
  /** Its text or caption; null when it had none. */
  readonly text: string | null;
}

/** What an inbound protobuf means, in our words. */
export type InboundContent = Meaning & { readonly quote?: Quote };

type Meaning =
  | { readonly kind: 'TEXT'; readonly text: string }
  | {
      readonly kind: MediaType | 'STICKER';
      readonly caption: string | null;
      readonly mimeType: string;
      readonly fileName: string | null;
      readonly sizeBytes: number | null;
      readonly sha256: string | null;
    }
  | {
      readonly kind: 'LOCATION';
      readonly text: string | null;
      readonly latitude: number;
      readonly longitude: number;
    }
  | { readonly kind: 'CONTACT'; readonly text: string }
  | { readonly kind: 'REACTION'; readonly text: string; readonly targetWhatsappId: string }
  | { readonly kind: 'POLL'; readonly text: string }
  /** The author changed an earlier message. */
  | { readonly kind: 'EDIT'; readonly targetWhatsappId: string; readonly text: string }
  /** The author deleted an earlier message for everybody. */
  | { readonly kind: 'REVOKE'; readonly targetWhatsappId: string }
  /** Protocol traffic without meaning for people (key shares, history): nothing to store. */
  | { readonly kind: 'INTERNAL' }
  /** Meaningful, but not shown yet; the raw content is kept. */
  | { readonly kind: 'UNSUPPORTED'; readonly description: string };

/** What a chat address is. */
export type ChatKind = 'DIRECT' | 'GROUP' | 'STATUS' | 'NEWSLETTER' | 'BROADCAST' | 'SELF' | 'OTHER';

/** Names a message on WhatsApp. */
export interface MessageKey {
  /** The other side: E.164 digits, or an address. */
  readonly chat: string;
  readonly whatsappId: string;
  /** Written by the account that names it. */
  readonly fromMe: boolean;
}

/** An earlier message as an answer repeats it. */
export interface QuotedMessage extends Quote {
  /** Who wrote it: E.164 digits, or an address. */
  readonly author: string;
  /** As it was sent, where that is kept; else its text stands for it. */
  readonly content: Uint8Array | null;
}

/** Reads and writes the opaque bytes that frozen messages and inbox entries carry. Needs no session. */
export interface ContentCodec {
  /** A text message, frozen. */
  encodeText(text: string): Uint8Array;
  /** The same message as an answer to another one. */
  withQuote(content: Uint8Array, quoted: QuotedMessage): Uint8Array;
  /** An empty emoji takes the reaction back. */
  encodeReaction(target: MessageKey, emoji: string, at: Date): Uint8Array;
  encodeEdit(target: MessageKey, text: string, at: Date): Uint8Array;
  /** Deletes for everybody. */
  encodeRevoke(target: MessageKey): Uint8Array;
  /** What an inbound content means; null when the bytes cannot be read. */
  decode(content: Uint8Array): InboundContent | null;
}
