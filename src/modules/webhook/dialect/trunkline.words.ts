import { eventIdOf } from '../../../kernel/events.js';
import { publicFacts } from '../../../kernel/event-facts.js';
import { toPublicId } from '../../../kernel/ids.js';
import type { Message, Subject } from '../../messaging/index.js';
import { TEST_TOPIC } from '../delivery/delivery.entity.js';
import { DEFAULT_TIMEOUT_MS } from './telling.js';
import type { DialectWords, Telling } from './telling.js';

/** Our own words: the topic of the event and the objects that it is about, with the ids of the API. */
export const trunklineWords: DialectWords = {
  timeoutMs: DEFAULT_TIMEOUT_MS,
  tell: (telling) => ({
    topic: telling.event.topic,
    id: toPublicId('Event', eventIdOf(telling.event)),
    occurredAt: telling.event.occurredAt.toISOString(),
    subaccountId: toPublicId('Subaccount', telling.event.streamId),
    data: { ...publicFacts(telling.event.payload), ...objectsOf(telling) },
  }),
  test: ({ eventId, subaccountId, at }) => ({
    topic: TEST_TOPIC,
    id: toPublicId('Event', eventId),
    occurredAt: at.toISOString(),
    subaccountId: toPublicId('Subaccount', subaccountId),
    data: {},
  }),
};

function objectsOf(telling: Telling): object {
  const { message, conversation, contact, device } = telling.subject;
  return {
    ...(message !== null && { message: messageOf(telling, message) }),
    ...(conversation !== null && { conversation: conversationOf(telling.subject, conversation) }),
    ...(conversation === null && contact !== null && { contact: contactOf(telling.subject, contact) }),
    ...(device !== null && { device: deviceOf(device) }),
  };
}

function messageOf({ subject, linkTo }: Telling, message: Message): object {
  const { media } = subject;
  return {
    id: toPublicId('Message', message.id),
    direction: message.direction,
    kind: message.kind,
    status: message.status,
    text: message.text ?? null,
    whatsappId: message.whatsappId ?? null,
    from: message.direction === 'INBOUND' ? personOf(subject) : null,
    to:
      message.direction === 'OUTBOUND'
        ? { ...personOf(subject), phoneNumber: message.recipient ?? null }
        : null,
    author: message.sender ?? null,
    failure:
      message.failureCode == null
        ? null
        : { code: message.failureCode, detail: message.failureDetail ?? null },
    media: media === null ? null : mediaOf(media, linkTo),
    caughtUp: message.caughtUp,
    targetId: message.targetId == null ? null : toPublicId('Message', message.targetId),
    retryOfId: message.retryOf == null ? null : toPublicId('Message', message.retryOf),
    createdAt: message.createdAt.toISOString(),
    ...timesOf(message),
  };
}

/** Both ways to name a person: WhatsApp tells the one, the other, or both. */
function personOf({ contact, lid }: Subject): object {
  return {
    phoneNumber: contact?.phoneNumber ?? null,
    lid,
    name: contact?.name ?? contact?.pushName ?? null,
  };
}

function mediaOf(media: NonNullable<Subject['media']>, linkTo: Telling['linkTo']): object {
  return {
    state: media.state,
    url: media.state === 'AVAILABLE' ? linkTo(media) : null,
    mimeType: media.mimeType ?? null,
    sizeBytes: media.sizeBytes ?? null,
    sha256: media.sha256 ?? null,
    fileName: media.fileName ?? null,
  };
}

function conversationOf(subject: Subject, conversation: NonNullable<Subject['conversation']>): object {
  return {
    id: toPublicId('Conversation', conversation.id),
    kind: conversation.kind,
    status: conversation.status,
    subject: conversation.subject ?? null,
    unreadCount: conversation.unreadCount,
    lastMessageAt: conversation.lastMessageAt.toISOString(),
    contact: subject.contact === null ? null : contactOf(subject, subject.contact),
  };
}

function contactOf({ lid }: Subject, contact: NonNullable<Subject['contact']>): object {
  return {
    id: toPublicId('Contact', contact.id),
    name: contact.name ?? contact.pushName ?? null,
    phoneNumber: contact.phoneNumber ?? null,
    lid,
  };
}

function deviceOf(device: NonNullable<Subject['device']>): object {
  return {
    id: toPublicId('Device', device.id),
    label: device.label,
    phoneNumber: device.phoneNumber ?? null,
    lid: device.lid ?? null,
    status: device.status,
  };
}

function timesOf(message: Message): object {
  return Object.fromEntries(TIMES.map((name) => [name, message[name]?.toISOString() ?? null]));
}

const TIMES = ['sentAt', 'deliveredAt', 'readAt', 'playedAt', 'editedAt', 'deletedAt'] as const;
