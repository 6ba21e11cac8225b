export const DIRECTIONS = ['INBOUND', 'OUTBOUND'] as const;
export type Direction = (typeof DIRECTIONS)[number];

export const MEDIA_TYPES = ['IMAGE', 'VIDEO', 'AUDIO', 'DOCUMENT'] as const;

/** What is sent to change an earlier message, or to say something about it. */
export const ACTION_KINDS = ['REACTION', 'EDIT', 'DELETION'] as const;
export type ActionKind = (typeof ACTION_KINDS)[number];

export const MESSAGE_KINDS = [
  'TEXT',
  ...MEDIA_TYPES,
  'STICKER',
  'LOCATION',
  'CONTACT',
  ...ACTION_KINDS,
  'POLL',
  'UNSUPPORTED',
] as const;
export type MessageKind = (typeof MESSAGE_KINDS)[number];

/** Kinds that can be sent as files. */
export type MediaType = (typeof MEDIA_TYPES)[number];
/** Kinds that come with a file. */
export type MediaKind = MediaType | 'STICKER';

export function isMediaType(kind: MessageKind): kind is MediaType {
  return (MEDIA_TYPES as readonly string[]).includes(kind);
}

export function isAction(kind: MessageKind): kind is ActionKind {
  return (ACTION_KINDS as readonly string[]).includes(kind);
}
