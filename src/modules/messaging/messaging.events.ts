import type { NewEvent } from '../../kernel/events.js';
import type { ChargedPool } from '../billing/index.js';
import type { Message } from './message/message.entity.js';
import type { MessageKind } from './message/message.kind.js';
import type { MessageStatus } from './message/message.status.js';

type Names = Pick<Message, 'id' | 'subaccountId' | 'deviceId' | 'conversationId'>;

const namesOf = ({ id, deviceId, conversationId }: Names) => ({ messageId: id, deviceId, conversationId });

/** Usage is counted by it. */
const poolOf = ({ quotaPool }: Pick<MovedMessage, 'quotaPool'>) =>
  quotaPool == null ? {} : { pool: quotaPool };

/** Accepted for sending, typed on the phone, or received but not readable yet. */
export function messageCreated(message: Names & Pick<MovedMessage, 'quotaPool'>): NewEvent {
  const payload = { ...namesOf(message), ...poolOf(message) };
  return { topic: 'message.created', subaccountId: message.subaccountId, payload };
}

/** A message from outside can be read. Told once for each message. */
export function messageReceived(message: Names): NewEvent {
  return { topic: 'message.received', subaccountId: message.subaccountId, payload: namesOf(message) };
}

/** A message as far as its move is told; the pool is what it was charged to. */
export interface MovedMessage extends Names {
  readonly status: MessageStatus;
  readonly quotaPool?: ChargedPool | null | undefined;
  readonly kind: MessageKind;
  /** Of a reaction, an edit or a deletion. */
  readonly targetId?: string | null | undefined;
}

export function messageStatusChanged(message: MovedMessage, previous: MessageStatus): NewEvent {
  return {
    topic: 'message.status_changed',
    subaccountId: message.subaccountId,
    payload: { ...namesOf(message), ...poolOf(message), previous, status: message.status },
  };
}

export type MessageChange = 'EDITED' | 'DELETED' | 'REACTED' | 'MEDIA_AVAILABLE' | 'MEDIA_FAILED';

/** Something beside the status changed. */
export function messageUpdated(message: Names, change: MessageChange): NewEvent {
  return {
    topic: 'message.updated',
    subaccountId: message.subaccountId,
    payload: { ...namesOf(message), change },
  };
}
