import type { proto } from '@whiskeysockets/baileys';
import { openMedium, sealMedium, type MediaKind } from '../media/media-cipher.js';
import type { MediaServer } from '../media/media-server.js';

export interface OutgoingMedium {
  readonly kind: MediaKind;
  readonly data: Buffer;
  readonly mimetype: string;
  readonly caption?: string;
  readonly fileName?: string;
  /**
   * `https` (default): url and direct path, as WhatsApp writes them. `http`: a plain url and no direct path, which
   * stock Baileys fetches without knowing the simulator's CA.
   */
  readonly transport?: 'https' | 'http';
}

export function mediaContent(server: MediaServer, medium: OutgoingMedium): proto.IMessage {
  const { file, ...sealed } = sealMedium(medium.data, medium.kind);
  const path = server.put(file);
  const place =
    medium.transport === 'http'
      ? { url: `${server.httpUrl}${path}` }
      : { url: `https://${server.host}${path}`, directPath: path };
  const mediaKeyTimestamp = Math.floor(Date.now() / 1000);
  const fields = { ...sealed, ...place, mimetype: medium.mimetype, mediaKeyTimestamp };
  const caption = medium.caption === undefined ? {} : { caption: medium.caption };
  switch (medium.kind) {
    case 'image':
      return { imageMessage: { ...fields, ...caption } };
    case 'video':
      return { videoMessage: { ...fields, ...caption } };
    case 'audio':
      return { audioMessage: { ...fields, seconds: 1 } };
    case 'sticker':
      return { stickerMessage: fields };
    case 'document':
      return { documentMessage: { ...fields, ...caption, fileName: medium.fileName ?? 'document' } };
  }
}

/** @throws Error when the message has no medium, the file is not here, or it was altered */
export function downloadMedium(server: MediaServer, message: proto.IMessage): Buffer {
  const captioned = message.documentWithCaptionMessage?.message?.documentMessage;
  const found: [MediaKind, MediumFields | null | undefined][] = [
    ['image', message.imageMessage],
    ['video', message.videoMessage],
    ['audio', message.audioMessage],
    ['sticker', message.stickerMessage],
    ['document', message.documentMessage ?? captioned],
  ];
  for (const [kind, fields] of found) {
    if (!fields?.mediaKey) continue;
    const file = server.get(fields.directPath ?? new URL(fields.url ?? '').pathname);
    if (!file) throw new Error('the file of this message was never uploaded here');
    return openMedium(file, fields.mediaKey, kind);
  }
  throw new Error('the message has no medium');
}

interface MediumFields {
  readonly mediaKey?: Uint8Array | null;
  readonly directPath?: string | null;
  readonly url?: string | null;
}
