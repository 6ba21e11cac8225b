import { unlink } from 'node:fs/promises';
import {
  encryptedStream,
  proto,
  type MediaType as LibraryMediaType,
  type WASocket,
} from '@whiskeysockets/baileys';
import { whatsappErrors } from '../errors.js';
import type { MediaType, UploadRequest } from '../session.js';
import { libraryLogger, type SessionLogger } from './logger.js';

const LIBRARY_TYPES = {
  IMAGE: 'image',
  VIDEO: 'video',
  AUDIO: 'audio',
  DOCUMENT: 'document',
} as const satisfies Record<MediaType, LibraryMediaType>;

/** Encrypts and uploads a file; returns the frozen message that refers to it. */
export async function uploadMedia(
  socket: WASocket,
  request: UploadRequest,
  logger: SessionLogger,
): Promise<Uint8Array> {
  const type = LIBRARY_TYPES[request.type];
  try {
    const sealed = await encryptedStream({ url: request.path }, type, {
      logger: libraryLogger(logger, 'media'),
    });
    try {
      const { mediaUrl, directPath } = await socket.waUploadToServer(sealed.encFilePath, {
        mediaType: type,
        fileEncSha256B64: sealed.fileEncSha256.toString('base64'),
      });
      const file = {
        url: mediaUrl,
        directPath,
        mediaKey: sealed.mediaKey,
        mediaKeyTimestamp: Math.floor(Date.now() / 1000),
        fileEncSha256: sealed.fileEncSha256,
        fileSha256: sealed.fileSha256,
        fileLength: sealed.fileLength,
        mimetype: request.mimeType,
      };
      return proto.Message.encode(messageOf(request, file)).finish();
    } finally {
      await unlink(sealed.encFilePath);
    }
  } catch (cause) {
    throw whatsappErrors.WHATSAPP_UPLOAD_FAILED({ cause });
  }
}

type UploadedFile = Pick<
  proto.Message.IDocumentMessage,
  | 'url'
  | 'directPath'
  | 'mediaKey'
  | 'mediaKeyTimestamp'
  | 'fileEncSha256'
  | 'fileSha256'
  | 'fileLength'
  | 'mimetype'
>;

function messageOf({ type, caption, fileName }: UploadRequest, file: UploadedFile): proto.IMessage {
  const captioned = { ...file, caption };
  switch (type) {
    case 'IMAGE':
      return { imageMessage: captioned };
    case 'VIDEO':
      return { videoMessage: captioned };
    case 'AUDIO':
      // Opus is what WhatsApp records itself: it is shown as a voice message.
      return { audioMessage: { ...file, ptt: file.mimetype?.includes('opus') ?? false } };
    case 'DOCUMENT':
      return { documentMessage: { ...captioned, fileName, title: fileName } };
  }
}
