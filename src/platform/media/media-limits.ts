const MIB = 1024 * 1024;

export type MediaKind = 'IMAGE' | 'VIDEO' | 'AUDIO' | 'DOCUMENT';

/** The largest file that WhatsApp takes of each kind, in bytes, as it documents them for businesses. */
export const MAX_MEDIA_BYTES: Readonly<Record<MediaKind, number>> = {
  IMAGE: 16 * MIB,
  VIDEO: 16 * MIB,
  AUDIO: 16 * MIB,
  DOCUMENT: 100 * MIB,
};

/** What phones show inside a chat. A document may be anything. */
const SHOWN: Readonly<Record<Exclude<MediaKind, 'DOCUMENT'>, ReadonlySet<string>>> = {
  IMAGE: new Set(['image/jpeg', 'image/png', 'image/webp']),
  VIDEO: new Set(['video/mp4', 'video/3gpp', 'video/quicktime']),
  AUDIO: new Set([
    'audio/aac',
    'audio/amr',
    'audio/mp4',
    'audio/mpeg',
    'audio/ogg',
    'audio/opus',
    'audio/x-m4a',
    'audio/wav',
  ]),
};

/** How a file of this content type is sent when the caller does not say: what no phone shows is a document. */
export function mediaKindOf(contentType: string): MediaKind {
  const essence = essenceOf(contentType);
  if (SHOWN.IMAGE.has(essence)) return 'IMAGE';
  if (SHOWN.VIDEO.has(essence)) return 'VIDEO';
  return SHOWN.AUDIO.has(essence) ? 'AUDIO' : 'DOCUMENT';
}

export function isAcceptedAs(kind: MediaKind, contentType: string): boolean {
  return kind === 'DOCUMENT' || SHOWN[kind].has(essenceOf(contentType));
}

/** `audio/ogg; codecs=opus` → `audio/ogg`. */
export function essenceOf(contentType: string): string {
  return (contentType.split(';', 1)[0] ?? '').trim().toLowerCase();
}
