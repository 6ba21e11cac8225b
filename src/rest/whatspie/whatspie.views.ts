import type { z } from 'zod';
import type { Device } from '../../modules/device/index.js';
import type { Message } from '../../modules/messaging/index.js';
import { wholeSeconds } from '../door/door-words.js';
import type { DeviceView, MessageView } from './whatspie.schemas.js';
import { PAIRED_STATUS, WHATSPIE_MESSAGE_STATUS } from './whatspie.status.js';

type Views = z.infer<typeof DeviceView>;

/** What is known of a device beside its row. */
export interface DeviceSurroundings {
  readonly webhookUrl: string | null;
  /** Name of the process that holds it; null: none. */
  readonly holder: string | null;
  readonly package: Views['package'];
  readonly quota: { readonly available: number | null; readonly used: number };
}

export function deviceView(device: Device, around: DeviceSurroundings): Views {
  return {
    id: device.number,
    phone: device.phoneNumber ?? '',
    webhook_url: around.webhookUrl ?? '',
    status: device.suspended ? 'SUSPENDED' : 'ACTIVE',
    version: 'multidevice',
    paired_status: PAIRED_STATUS[device.status],
    created_at: wholeSeconds(device.createdAt),
    updated_at: wholeSeconds(device.statusChangedAt),
    server: { name: around.holder ?? '', status: around.holder === null ? 'INACTIVE' : 'ACTIVE' },
    package: around.package,
    subscription: {
      quote_available: String(around.quota.available ?? -1),
      quote_used: String(around.quota.used),
    },
  };
}

export function messageView(message: Message, device: Device): z.infer<typeof MessageView> {
  const { readAt, deliveredAt, sentAt, createdAt } = message;
  return {
    id: message.number,
    device: device.phoneNumber ?? '',
    receiver: message.recipient ?? '',
    type: message.kind === 'TEXT' ? 'chat' : message.kind.toLowerCase(),
    params: { text: message.text ?? null },
    status: WHATSPIE_MESSAGE_STATUS[message.status],
    retry: Math.max(0, message.attemptCount - 1),
    failed_reason: failedReasonOf(message),
    wa_id: message.whatsappId ?? null,
    created_at: wholeSeconds(createdAt),
    updated_at: wholeSeconds(readAt ?? deliveredAt ?? sentAt ?? createdAt),
  };
}

function failedReasonOf({ status, failureCode }: Message): string | null {
  return status === 'EXPIRED' || status === 'CANCELED' ? status : (failureCode ?? null);
}
