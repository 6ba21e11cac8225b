import type { Device } from '../../device/index.js';
import type { Conversation } from '../conversation/conversation.entity.js';
import type { Message } from './message.entity.js';

export const WAIT_REASONS = [
  'DEVICE_OFFLINE',
  'MEDIA',
  'RETRY',
  'PACING',
  'SENDING_HOURS',
  'REACHOUT_LOCK',
  'NEW_CHAT_CAP',
] as const;
export type WaitReason = (typeof WAIT_REASONS)[number];

export interface Wait {
  readonly reason: WaitReason | null;
  /** The earliest time at which it may leave, as far as is known. */
  readonly until: Date;
}

type WaitingMessage = Pick<Message, 'status' | 'dueAt' | 'attemptCount' | 'isWaiting'>;
type Circumstances = {
  readonly device: Pick<
    Device,
    | 'status'
    | 'sendsHeldUntil'
    | 'sendsHeldFor'
    | 'newChatsHeldUntil'
    | 'reachoutLockedUntil'
    | 'newChatsCappedUntil'
  >;
  readonly conversation: Pick<Conversation, 'firstInboundAt' | 'reachedOutAt'>;
};

/** Why a message has not left yet; null: it does not wait. The time that it is scheduled for, and its turn, are no reasons. */
export function waitOf(message: WaitingMessage, circumstances: Circumstances, now: Date): Wait | null {
  if (!message.isWaiting || message.dueAt == null) return null;
  const holds = [own(message, now), ...holdsOf(circumstances)].filter((hold) => hold.until > now);
  const initial: Wait = { reason: null, until: message.dueAt };
  const last = holds.reduce((latest, hold) => (hold.until >= latest.until ? hold : latest), initial);
  const scheduled = message.status === 'SCHEDULED' && message.dueAt > now;
  if (scheduled) return { ...last, reason: null };
  return circumstances.device.status === 'CONNECTED' ? last : { ...last, reason: 'DEVICE_OFFLINE' };
}

function own({ dueAt, attemptCount }: WaitingMessage, now: Date): Wait {
  return { reason: attemptCount > 0 ? 'RETRY' : 'MEDIA', until: dueAt ?? now };
}

function holdsOf({ device, conversation }: Circumstances): readonly Wait[] {
  const holds: Wait[] = [];
  if (device.sendsHeldUntil != null) {
    holds.push({ reason: device.sendsHeldFor ?? 'PACING', until: device.sendsHeldUntil });
  }
  if (conversation.firstInboundAt != null) return holds;
  const isNewChat = conversation.reachedOutAt == null;
  // First, because it repeats WhatsApp's own limits: of two that end together the later one is told.
  if (isNewChat && device.newChatsHeldUntil != null) {
    holds.push({ reason: 'PACING', until: device.newChatsHeldUntil });
  }
  if (isNewChat && device.newChatsCappedUntil != null) {
    holds.push({ reason: 'NEW_CHAT_CAP', until: device.newChatsCappedUntil });
  }
  if (device.reachoutLockedUntil != null) {
    holds.push({ reason: 'REACHOUT_LOCK', until: device.reachoutLockedUntil });
  }
  return holds;
}
