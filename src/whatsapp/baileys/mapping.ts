import { proto } from '@whiskeysockets/baileys/WAProto/index.js';
import type { InboundContent, Quote } from '../content.types.js';
import type { MediaType } from '../session.js';

type Message = proto.IMessage;
type Field = keyof Message;

/** Envelopes inside a message: the meaning is what they hold. */
const WRAPPERS = [
  'ephemeralMessage',
  'viewOnceMessage',
  'viewOnceMessageV2',
  'viewOnceMessageV2Extension',
  'documentWithCaptionMessage',
  'editedMessage',
  'botInvokeMessage',
  'groupMentionedMessage',
  'lottieStickerMessage',
  'associatedChildMessage',
  'limitSharingMessage',
] as const satisfies readonly Field[];

/** WhatsApp nests two or three envelopes at most. */
const MAX_DEPTH = 8;

/** The message inside all envelopes, also those of our own phone (`deviceSentMessage`). */
export function unwrap(message: Message): Message {
  let inner = message;
  for (let depth = 0; depth < MAX_DEPTH; depth += 1) {
    const next = inner.deviceSentMessage?.message ?? wrapped(inner);
    if (!next) return inner;
    inner = next;
  }
  return inner;
}

function wrapped(message: Message): Message | null | undefined {
  for (const name of WRAPPERS) {
    const inner = message[name]?.message;
    if (inner) return inner;
  }
  return null;
}

/** What a decrypted message means in our words. */
export function mapMessage(outer: Message): InboundContent {
  const message = unwrap(outer);
  const quote = quoteOf(message);
  const meaning = meaningOf(message);
  return quote === null ? meaning : { ...meaning, quote };
}

function meaningOf(message: Message): InboundContent {
  return (
    textOf(message) ??
    mediaOf(message) ??
    placeOrPersonOf(message) ??
    reactionOf(message) ??
    protocolOf(message) ??
    interactiveOf(message) ??
    otherOf(message)
  );
}

function textOf(message: Message): InboundContent | null {
  const text = message.conversation || message.extendedTextMessage?.text;
  return text ? { kind: 'TEXT', text } : null;
}

/** Fields whose messages can answer others. */
const ANSWERS = [
  'extendedTextMessage',
  'imageMessage',
  'videoMessage',
  'ptvMessage',
  'audioMessage',
  'documentMessage',
  'stickerMessage',
  'locationMessage',
  'liveLocationMessage',
  'contactMessage',
  'contactsArrayMessage',
] as const satisfies readonly Field[];

function quoteOf(message: Message): Quote | null {
  for (const name of ANSWERS) {
    const context = message[name]?.contextInfo;
    if (!context?.stanzaId) continue;
    return { whatsappId: context.stanzaId, text: wordsOf(context.quotedMessage ?? {}) };
  }
  return null;
}

/** Text or caption. */
function wordsOf(message: Message): string | null {
  const content = mapMessage(message);
  if ('text' in content) return content.text;
  return 'caption' in content ? content.caption : null;
}

interface MediaFields {
  readonly mimetype?: string | null;
  readonly caption?: string | null;
  readonly fileName?: string | null;
  readonly fileLength?: number | { toNumber(): number } | null;
  readonly fileSha256?: Uint8Array | null;
}

const MEDIA: readonly (readonly [
  MediaType | 'STICKER',
  string,
  (message: Message) => MediaFields | null | undefined,
])[] = [
  ['IMAGE', 'image/jpeg', (message) => message.imageMessage],
  ['VIDEO', 'video/mp4', (message) => message.videoMessage ?? message.ptvMessage],
  ['AUDIO', 'audio/ogg; codecs=opus', (message) => message.audioMessage],
  ['DOCUMENT', 'application/octet-stream', (message) => message.documentMessage],
  ['STICKER', 'image/webp', (message) => message.stickerMessage],
];

function mediaOf(message: Message): InboundContent | null {
  for (const [kind, usualMimeType, read] of MEDIA) {
    const media = read(message);
    if (!media) continue;
    return {
      kind,
      caption: media.caption || null,
      mimeType: media.mimetype || usualMimeType,
      fileName: media.fileName || null,
      sizeBytes: sizeOf(media.fileLength),
      sha256: media.fileSha256?.length ? Buffer.from(media.fileSha256).toString('hex') : null,
    };
  }
  return null;
}

function sizeOf(length: MediaFields['fileLength']): number | null {
  if (length === null || length === undefined) return null;
  return typeof length === 'number' ? length : length.toNumber();
}

function placeOrPersonOf(message: Message): InboundContent | null {
  const place = message.locationMessage ?? message.liveLocationMessage;
  if (place) {
    const label = 'name' in place ? (place.name ?? place.address) : 'caption' in place ? place.caption : null;
    return {
      kind: 'LOCATION',
      text: label || null,
      latitude: place.degreesLatitude ?? 0,
      longitude: place.degreesLongitude ?? 0,
    };
  }
  const cards = message.contactMessage
    ? [message.contactMessage]
    : (message.contactsArrayMessage?.contacts ?? null);
  if (cards === null) return null;
  const cardText = cards.map((card) => [card.displayName, card.vcard].filter(Boolean).join('\n')).join('\n');
  return { kind: 'CONTACT', text: cardText };
}

function reactionOf(message: Message): InboundContent | null {
  const reaction = message.reactionMessage;
  // An empty text takes the reaction back.
  return reaction?.key?.id
    ? { kind: 'REACTION', text: reaction.text ?? '', targetWhatsappId: reaction.key.id }
    : null;
}

function protocolOf(message: Message): InboundContent | null {
  const protocol = message.protocolMessage;
  if (!protocol) return null;
  const { Type } = proto.Message.ProtocolMessage;
  const target = protocol.key?.id;
  if (protocol.type === Type.REVOKE && target) return { kind: 'REVOKE', targetWhatsappId: target };
  if (protocol.type === Type.MESSAGE_EDIT && target && protocol.editedMessage) {
    return { kind: 'EDIT', targetWhatsappId: target, text: wordsOf(protocol.editedMessage) ?? '' };
  }
  return { kind: 'INTERNAL' };
}

/** Polls, and the answers to buttons and lists: what the person chose is text. */
function interactiveOf(message: Message): InboundContent | null {
  const poll = message.pollCreationMessage ?? message.pollCreationMessageV2 ?? message.pollCreationMessageV3;
  if (poll) {
    const options = (poll.options ?? []).map((option) => `- ${option.optionName ?? ''}`);
    return { kind: 'POLL', text: [poll.name ?? '', ...options].join('\n') };
  }
  const chosen =
    message.buttonsResponseMessage?.selectedDisplayText ??
    message.templateButtonReplyMessage?.selectedDisplayText ??
    message.listResponseMessage?.title ??
    message.interactiveResponseMessage?.body?.text;
  return chosen ? { kind: 'TEXT', text: chosen } : null;
}

/** Fields that accompany a message without being one. */
const SILENT_FIELDS: ReadonlySet<string> = new Set([
  'messageContextInfo',
  'senderKeyDistributionMessage',
  'fastRatchetKeySenderKeyDistributionMessage',
  'keepInChatMessage',
  'pinInChatMessage',
  'encReactionMessage',
  'pollUpdateMessage',
  'placeholderMessage',
]);

function otherOf(message: Message): InboundContent {
  const fields = Object.entries(message).flatMap(([name, value]) =>
    value === null || value === undefined || SILENT_FIELDS.has(name) ? [] : [name],
  );
  const [first] = fields;
  return first === undefined ? { kind: 'INTERNAL' } : { kind: 'UNSUPPORTED', description: first };
}
