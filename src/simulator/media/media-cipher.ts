import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from 'node:crypto';
import { hkdf } from '@whiskeysockets/baileys';

export type MediaKind = 'image' | 'video' | 'audio' | 'document' | 'sticker';

const KEY_INFO: Record<MediaKind, string> = {
  image: 'WhatsApp Image Keys',
  sticker: 'WhatsApp Image Keys',
  video: 'WhatsApp Video Keys',
  audio: 'WhatsApp Audio Keys',
  document: 'WhatsApp Document Keys',
};
const MAC_BYTES = 10;

/** An encrypted medium with what a message must say about it. */
export interface SealedMedium {
  readonly file: Buffer;
  readonly mediaKey: Buffer;
  readonly fileSha256: Buffer;
  readonly fileEncSha256: Buffer;
  readonly fileLength: number;
}

export function sealMedium(plain: Buffer, kind: MediaKind): SealedMedium {
  const mediaKey = randomBytes(32);
  const { iv, cipherKey, macKey } = deriveKeys(mediaKey, kind);
  const cipher = createCipheriv('aes-256-cbc', cipherKey, iv);
  const ciphertext = Buffer.concat([cipher.update(plain), cipher.final()]);
  const file = Buffer.concat([ciphertext, macOf(macKey, iv, ciphertext)]);
  return { file, mediaKey, fileSha256: sha256(plain), fileEncSha256: sha256(file), fileLength: plain.length };
}

/** @throws Error when the MAC does not fit: clients skip this check, phones do not */
export function openMedium(file: Buffer, mediaKey: Uint8Array, kind: MediaKind): Buffer {
  const { iv, cipherKey, macKey } = deriveKeys(mediaKey, kind);
  const ciphertext = file.subarray(0, -MAC_BYTES);
  if (!macOf(macKey, iv, ciphertext).equals(file.subarray(-MAC_BYTES)))
    throw new Error('the medium was altered');
  const decipher = createDecipheriv('aes-256-cbc', cipherKey, iv);
  return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
}

/** The name under which an encrypted medium is stored. */
export function mediaHash(file: Buffer): string {
  return sha256(file).toString('base64url');
}

function deriveKeys(
  mediaKey: Uint8Array,
  kind: MediaKind,
): { iv: Buffer; cipherKey: Buffer; macKey: Buffer } {
  const expanded = Buffer.from(hkdf(Buffer.from(mediaKey), 112, { info: KEY_INFO[kind] }));
  return {
    iv: expanded.subarray(0, 16),
    cipherKey: expanded.subarray(16, 48),
    macKey: expanded.subarray(48, 80),
  };
}

function macOf(key: Buffer, iv: Buffer, ciphertext: Buffer): Buffer {
  return createHmac('sha256', key).update(iv).update(ciphertext).digest().subarray(0, MAC_BYTES);
}

function sha256(data: Buffer): Buffer {
  return createHash('sha256').update(data).digest();
}
