import { createHmac } from 'node:crypto';
import { toPublicId } from '../../../kernel/ids.js';
import { toAddress } from '../../../whatsapp/index.js';
import type { DeviceStatus } from '../../device/index.js';
import type { Message } from '../../messaging/index.js';
import { TEST_TOPIC } from '../delivery/delivery.entity.js';
import { DEFAULT_TIMEOUT_MS } from './telling.js';
import type { DialectWords, Telling } from './telling.js';

const STATUS_EVENTS: Readonly<Record<string, string>> = {
  SENT: 'message.sent',
  DELIVERED: 'message.delivered',
  READ: 'message.read',
};

/** What Wagy calls the states of a device. */
const DEVICE_STATUSES: Readonly<Record<DeviceStatus, string>> = {
  CONNECTED: 'Connected',
  CONNECTING: 'Paired (Offline)',
  OFFLINE: 'Paired (Offline)',
  REPLACED: 'Paired (Offline)',
  SUSPENDED: 'Paired (Offline)',
  REJECTED: 'Rejected',
  NOT_PAIRED: 'Not Paired',
  PAIRING: 'Not Paired',
  PAIRING_EXPIRED: 'Not Paired',
  LOGGED_OUT: 'Not Paired',
  BANNED: 'Not Paired',
};

/** Wagy's five events, signed with HMAC-SHA256 of the raw body. */
export const wagyWords: DialectWords = {
  timeoutMs: DEFAULT_TIMEOUT_MS,
  headers: (body, secret) => ({
    'x-wagy-signature': createHmac('sha256', secret).update(body).digest('hex'),
  }),
  tell: (telling) => {
    const { event, subject } = telling;
    const name = eventName(telling);
    if (name === null) return null;
    const data = subject.message === null ? deviceData(telling) : messageData(telling, subject.message);
    return {
      event: name,
      device_id: subject.device === null ? null : toPublicId('Device', subject.device.id),
      timestamp: event.occurredAt.toISOString(),
      data,
    };
  },
  test: ({ at }) => ({ event: TEST_TOPIC, device_id: null, timestamp: at.toISOString(), data: {} }),
};

function eventName({ event, subject }: Telling): string | null {
  const { topic, payload } = event;
  if (topic === 'device.status_changed') return 'device.status_update';
  if (subject.message === null) return null;
  const { direction } = subject.message;
  if (direction === 'INBOUND') {
    const edited = topic === 'message.updated' && payload['change'] === 'EDITED';
    return topic === 'message.received' || edited ? 'message.received' : null;
  }
  return topic === 'message.status_changed' ? (STATUS_EVENTS[String(payload['status'])] ?? null) : null;
}

function messageData({ event, subject, linkTo }: Telling, message: Message): object {
  const { contact, lid, media } = subject;
  const phoneNumber = message.recipient ?? contact?.phoneNumber ?? null;
  return {
    // The number that sending answered with.
    message_id: message.number,
    wa_id: message.whatsappId ?? null,
    id: toPublicId('Message', message.id),
    pn_jid: phoneNumber === null ? null : toAddress(phoneNumber),
    lid_jid: lid,
    name: contact?.name ?? contact?.pushName ?? null,
    type: message.kind.toLowerCase(),
    message: message.text ?? null,
    media_url: media === null || media.state === 'FAILED' ? null : linkTo(media),
    media_type: media?.mimeType ?? null,
    is_edit: event.topic === 'message.updated',
    status: message.direction === 'INBOUND' ? 'RECEIVED' : String(event.payload['status']),
    timestamp: (message.sentAt ?? message.createdAt).toISOString(),
  };
}

function deviceData({ event, subject }: Telling): object {
  const status = event.payload['status'];
  const known = Object.entries(DEVICE_STATUSES).find(([name]) => name === status);
  return {
    status: known?.[1] ?? null,
    phone: subject.device?.phoneNumber ?? null,
    label: subject.device?.label ?? null,
  };
}
