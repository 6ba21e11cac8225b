import type { z } from 'zod';
import { toPublicId } from '../../kernel/ids.js';
import { normalisePhone } from '../../kernel/phone.js';
import type { Device } from '../../modules/device/index.js';
import type { Message, MessageFilter, SendMessageRequest } from '../../modules/messaging/index.js';
import type { DeviceView, MessageFilters, MessageView, SendBody } from './wagy.schemas.js';
import { statusesBehind, WAGY_MESSAGE_STATUS, WAGY_STATUS } from './wagy.status.js';

const DAY_MS = 24 * 60 * 60 * 1_000;

export function deviceView(device: Device): z.infer<typeof DeviceView> {
  return {
    device_id: toPublicId('Device', device.id),
    label: device.label,
    phone: device.phoneNumber ?? null,
    status: WAGY_STATUS[device.status],
    created_at: device.createdAt.toISOString(),
  };
}

export function messageView(message: Message): z.infer<typeof MessageView> {
  const time = (at: Date | null | undefined): string | null => at?.toISOString() ?? null;
  return {
    message_id: message.number,
    phone: message.recipient ?? null,
    message: message.text ?? null,
    type: message.kind.toLowerCase(),
    status: WAGY_MESSAGE_STATUS[message.status],
    failed_reason: message.failureCode ?? null,
    created_at: message.createdAt.toISOString(),
    expires_at: time(message.expiresAt),
    sent_at: time(message.sentAt),
    delivered_at: time(message.deliveredAt),
    read_at: time(message.readAt),
  };
}

/** The message that a body asks for. Wagy rejects what an offline device cannot send at once. */
export function requestOf(deviceId: string, body: z.output<typeof SendBody>): SendMessageRequest {
  return {
    deviceId,
    to: body.phone,
    text: body.message,
    media: body.media_url == null ? null : { url: body.media_url, type: mediaTypeOf(body) },
    expiresInSeconds: body.expires_in,
    expiresAt: body.expires_at === null ? null : new Date(body.expires_at),
    retryIntervalSeconds: body.retry_interval === 0 ? null : body.retry_interval,
    whenOffline: 'REJECT',
  };
}

/** WhatsApp has no captions of recordings, and Wagy's message is required: nothing of it may get lost. */
function mediaTypeOf({ media_type: type, message }: z.output<typeof SendBody>): string | null {
  if (type === 'audio' && message.trim() !== '') return 'DOCUMENT';
  return type?.toUpperCase() ?? null;
}

export function filterOf({ status, phone, from, to }: z.output<typeof MessageFilters>): MessageFilter {
  return {
    status: status === undefined ? null : statusesBehind(status),
    recipient: phone === undefined ? null : (normalisePhone(phone) ?? phone),
    createdFrom: from === undefined ? null : new Date(from),
    createdBefore: to === undefined ? null : endOf(to),
  };
}

function endOf(to: string): Date {
  const time = new Date(to);
  return to.includes('T') ? time : new Date(time.getTime() + DAY_MS);
}
