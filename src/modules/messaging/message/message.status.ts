/**
 * The life of a message. Outbound, the rank never falls:
 *
 *     SCHEDULED 0 → PENDING 1 → SENDING 2 → SENT 3 → DELIVERED 4 → READ 5 → PLAYED 6
 *
 * A retryable failure takes SENDING back to PENDING. SCHEDULED and PENDING may be CANCELED or EXPIRED, all below SENT may be FAILED.
 * An ack or a receipt is a fact of WhatsApp's and lifts whatever we believed before, the three endings included.
 * Inbound, a message is RECEIVED, or UNDECRYPTABLE until its author sent it once more.
 */
export const MESSAGE_STATUSES = [
  'SCHEDULED',
  'PENDING',
  'SENDING',
  'SENT',
  'DELIVERED',
  'READ',
  'PLAYED',
  'FAILED',
  'EXPIRED',
  'CANCELED',
  'RECEIVED',
  'UNDECRYPTABLE',
] as const;

export type MessageStatus = (typeof MESSAGE_STATUSES)[number];

/** Nobody knows yet how it ends: a drain looks at it again. */
export const UNDER_WAY: readonly MessageStatus[] = ['SCHEDULED', 'PENDING', 'SENDING'];

/** Endings before anything was sent. Each of them has a failure code. */
export const ENDED_UNSENT: readonly MessageStatus[] = ['FAILED', 'EXPIRED', 'CANCELED'];

/** What an ack or a receipt proves. */
export type ProvenStatus = 'SENT' | 'DELIVERED' | 'READ' | 'PLAYED';

const PROVEN: readonly ProvenStatus[] = ['SENT', 'DELIVERED', 'READ', 'PLAYED'];

const NEXT: Readonly<Record<MessageStatus, readonly MessageStatus[]>> = {
  SCHEDULED: ['PENDING', 'CANCELED', 'EXPIRED', 'FAILED'],
  PENDING: ['SENDING', 'CANCELED', 'EXPIRED', 'FAILED', ...PROVEN],
  SENDING: ['PENDING', 'FAILED', ...PROVEN],
  SENT: ['DELIVERED', 'READ', 'PLAYED'],
  DELIVERED: ['READ', 'PLAYED'],
  READ: ['PLAYED'],
  PLAYED: [],
  FAILED: PROVEN,
  EXPIRED: PROVEN,
  CANCELED: PROVEN,
  UNDECRYPTABLE: ['RECEIVED'],
  RECEIVED: [],
};

export function canMove(from: MessageStatus, to: MessageStatus): boolean {
  return NEXT[from].includes(to);
}

export function isMessageStatus(value: string): value is MessageStatus {
  return (MESSAGE_STATUSES as readonly string[]).includes(value);
}
