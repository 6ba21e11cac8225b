import 'reflect-metadata';
import { registerEnumType } from 'type-graphql';
import { MEDIA_STATES } from '../media/media.entity.js';
import type { MediaState } from '../media/media.entity.js';
import { FAILURE_CODES } from '../messaging.errors.js';
import type { FailureCode } from '../messaging.errors.js';
import { ATTEMPT_OUTCOMES } from '../outbound/attempt.entity.js';
import type { AttemptOutcome } from '../outbound/attempt.entity.js';
import { WHEN_OFFLINE } from '../outbound/send.policy.js';
import type { WhenOffline } from '../outbound/send.policy.js';
import { DIRECTIONS, MEDIA_TYPES, MESSAGE_KINDS } from './message.kind.js';
import type { Direction, MediaType, MessageKind } from './message.kind.js';
import { PRIORITIES } from './message.priority.js';
import type { Priority } from './message.priority.js';
import { MESSAGE_STATUSES } from './message.status.js';
import type { MessageStatus } from './message.status.js';
import { WAIT_REASONS } from './message.waiting.js';
import type { WaitReason } from './message.waiting.js';

/** Registers an enum of the API for a union of words; every word needs its description. */
function enumOf<T extends string>(
  name: string,
  description: string,
  words: readonly T[],
  descriptions: Record<T, string>,
): Readonly<Record<string, T>> {
  const values = Object.fromEntries(words.map((word) => [word, word]));
  const valuesConfig = Object.fromEntries(words.map((word) => [word, { description: descriptions[word] }]));
  registerEnumType(values, { name, description, valuesConfig });
  return values;
}

export const DirectionEnum = enumOf<Direction>('Direction', 'Which way a message went.', DIRECTIONS, {
  INBOUND: 'The other side wrote it.',
  OUTBOUND: 'We wrote it, here or on the phone.',
});

export const MessageKindEnum = enumOf<MessageKind>('MessageKind', 'What a message is.', MESSAGE_KINDS, {
  TEXT: 'Text.',
  IMAGE: 'A picture; `text` is its caption.',
  VIDEO: 'A video; `text` is its caption.',
  AUDIO: 'A recording.',
  DOCUMENT: 'A file; `text` is its caption.',
  STICKER: 'A sticker.',
  LOCATION: 'A place; the last line of `text` holds latitude and longitude.',
  CONTACT: 'Shared contacts; `text` names them.',
  REACTION: 'A reaction to another message; `text` is the emoji, null when it was taken back.',
  EDIT: 'Sent to change the text of an earlier message, which `targetId` names. Lists leave it out.',
  DELETION: 'Sent to delete an earlier message for everybody, which `targetId` names. Lists leave it out.',
  POLL: 'A poll; `text` holds question and options.',
  UNSUPPORTED: 'Something that cannot be shown yet, or not read yet.',
});

export const MediaTypeEnum = enumOf<MediaType>('MediaType', 'How a file is sent.', MEDIA_TYPES, {
  IMAGE: 'As a picture.',
  VIDEO: 'As a video.',
  AUDIO: 'As a recording.',
  DOCUMENT: 'As a file.',
});

export const MessageStatusEnum = enumOf<MessageStatus>(
  'MessageStatus',
  'Where a message is. Outbound it only moves forward, except that a try that failed takes SENDING back to PENDING.',
  MESSAGE_STATUSES,
  {
    SCHEDULED: 'Waits for its time.',
    PENDING: 'Waits to be sent.',
    SENDING: 'Being sent.',
    SENT: 'WhatsApp has it.',
    DELIVERED: "On the recipient's phone.",
    READ: 'Read.',
    PLAYED: 'Listened to or watched.',
    FAILED: 'Will not be sent; `failure` says why.',
    EXPIRED: 'Its time was over before it could be sent; `failure` says what it waited for.',
    CANCELED: 'Canceled before it was sent.',
    RECEIVED: 'Received.',
    UNDECRYPTABLE: 'Received, but it cannot be read yet; its author was asked to send it again.',
  },
);

export const MessageFailureCodeEnum = enumOf<FailureCode>(
  'MessageFailureCode',
  'Why a message was not sent.',
  Object.keys(FAILURE_CODES) as FailureCode[],
  {
    ATTEMPTS_EXHAUSTED: 'All tries failed or stayed unanswered.',
    SERVER_REJECTED: 'WhatsApp refused it.',
    ACCOUNT_RESTRICTED: 'WhatsApp does not let this number start new chats for now.',
    RECIPIENT_NOT_ON_WHATSAPP: 'The number has no WhatsApp account.',
    RECIPIENT_BLOCKED: 'The contact was blocked while it waited.',
    RECIPIENT_OPTED_OUT: 'A rule wrote it, and the person asked for no such messages while it waited.',
    DEVICE_BANNED: 'WhatsApp banned the number of the device.',
    DEVICE_DELETED: 'The device was deleted.',
    MEDIA_FETCH_FAILED: 'The file could not be fetched from its URL, or is of a wrong type or size.',
    MEDIA_UPLOAD_FAILED: 'The file could not be uploaded to WhatsApp.',
    CONTENT_UNUSABLE: 'The content cannot be sent.',
    POISON_PAYLOAD: 'Preparing it ended the process again and again.',
    EXPIRED: 'Its time was over; `detail` says what it had waited for.',
    CANCELED: 'Somebody took it back.',
  },
);

export const MediaStateEnum = enumOf<MediaState>('MediaState', 'Where a file is.', MEDIA_STATES, {
  PENDING: 'Being fetched.',
  AVAILABLE: 'Here.',
  FAILED: 'Could not be had.',
});

export const WhenOfflineEnum = enumOf<WhenOffline>(
  'WhenOffline',
  'What to do while the device is not connected.',
  WHEN_OFFLINE,
  { QUEUE: 'Let the message wait.', REJECT: 'Refuse with DEVICE_OFFLINE.' },
);

export const PriorityEnum = enumOf<Priority>(
  'MessagePriority',
  "Which of a device's waiting messages goes first. Lower ones keep a share: one after at most ten higher ones.",
  PRIORITIES,
  { HIGH: 'Before all others.', NORMAL: 'In its turn.', LOW: 'After all others.' },
);

export const WaitReasonEnum = enumOf<WaitReason>(
  'MessageWaitReason',
  'Why a message has not left yet.',
  WAIT_REASONS,
  {
    DEVICE_OFFLINE: 'Its device is not connected.',
    MEDIA: 'Its file is being fetched.',
    RETRY: 'A try failed; the next one comes later.',
    PACING: "The device's delays and caps.",
    SENDING_HOURS: "The device's sending hours.",
    REACHOUT_LOCK:
      'WhatsApp does not let the number start new chats for now, and the recipient never wrote to it.',
    NEW_CHAT_CAP:
      'The number has used up the new chats that WhatsApp allows it, and this would be another one.',
  },
);

export const AttemptOutcomeEnum = enumOf<AttemptOutcome>(
  'AttemptOutcome',
  'How a try to send ended.',
  ATTEMPT_OUTCOMES,
  {
    IN_PROGRESS: 'It has not ended yet.',
    ACKED: 'WhatsApp took the message.',
    REFUSED: 'WhatsApp refused the message.',
    UNANSWERED: 'It was written, but WhatsApp did not answer in time.',
    NOT_WRITTEN: 'It failed before anything was written.',
    NOT_ON_WHATSAPP: 'The recipient has no WhatsApp account.',
    DISCONNECTED: 'The connection ended meanwhile.',
    ABANDONED: 'The process that made it ended meanwhile.',
    WITHDRAWN: 'Stopped before anything was written, because it was no longer wanted.',
  },
);
