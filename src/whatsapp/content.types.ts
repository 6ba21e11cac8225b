import type { MediaType } from './session.js';

/** What an inbound protobuf means, in our words. */
export type InboundContent =
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

/** Reads and writes the opaque bytes that frozen messages and inbox entries carry. Needs no session. */
export interface ContentCodec {
  /** A text message, frozen. */
  encodeText(text: string): Uint8Array;
  /** What an inbound content means; null when the bytes cannot be read. */
  decode(content: Uint8Array): InboundContent | null;
}
