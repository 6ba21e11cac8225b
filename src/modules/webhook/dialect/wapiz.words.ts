import { toPublicId } from '../../../kernel/ids.js';
import { toAddress } from '../../../whatsapp/index.js';
import type { Message } from '../../messaging/index.js';
import { DEFAULT_TIMEOUT_MS } from './telling.js';
import type { DialectWords, Telling } from './telling.js';

/** WAPIZ tells of incoming messages alone. */
export const wapizWords: DialectWords = {
  timeoutMs: DEFAULT_TIMEOUT_MS,
  tell: (telling) => {
    const { event, subject } = telling;
    return event.topic === 'message.received' && subject.message !== null
      ? incoming(telling, subject.message)
      : null;
  },
  test: () => ({ event: 'test', deviceId: null, message: null }),
};

function incoming({ subject, linkTo }: Telling, message: Message): object {
  const { contact, lid, media, device } = subject;
  const phoneNumber = contact?.phoneNumber ?? null;
  return {
    event: 'message',
    deviceId: device?.id ?? null,
    message: {
      id: message.whatsappId ?? toPublicId('Message', message.id),
      from: phoneNumber === null ? lid : toAddress(phoneNumber),
      phone: phoneNumber,
      name: contact?.name ?? contact?.pushName ?? null,
      type: message.kind.toLowerCase(),
      text: message.text ?? null,
      mediaUrl: media === null || media.state === 'FAILED' ? null : linkTo(media),
      mimeType: media?.mimeType ?? null,
      timestamp: (message.sentAt ?? message.createdAt).toISOString(),
    },
  };
}
