import type { EntityManager } from '@mikro-orm/postgresql';
import { invalidInput, kernelErrors } from '../../../kernel/errors.js';
import type { DataKey } from '../../../platform/crypto/data-key.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import type { QuotedMessage } from '../../../whatsapp/index.js';
import { Device } from '../../device/index.js';
import { messagingErrors } from '../messaging.errors.js';
import { contentPlace } from './message.content.js';
import { Message } from './message.entity.js';
import { isAction } from './message.kind.js';

/** Throws NOT_FOUND, and why a message cannot be answered so. */
export async function assertAnswers(
  tx: Transaction,
  answer: Pick<Message, 'conversationId'>,
  replyToId: string,
): Promise<void> {
  const quoted = await tx.em.findOne(Message, { id: replyToId });
  if (quoted === null) throw kernelErrors.NOT_FOUND();
  if (quoted.conversationId !== answer.conversationId) {
    const message = 'must be a message of the conversation between this device and this recipient';
    throw invalidInput([{ path: 'input.replyToId', message }]);
  }
  if (quoted.deletedAt != null) throw messagingErrors.MESSAGE_DELETED();
  if (isAction(quoted.kind) || quoted.whatsappId == null) {
    throw messagingErrors.MESSAGE_KIND_UNSUITABLE({ data: { kind: quoted.kind } });
  }
}

/** What a message answers, as the answer repeats it; null when it answers none. */
export async function findQuoted(
  em: EntityManager,
  key: DataKey,
  answer: Pick<Message, 'replyToId' | 'recipient'>,
): Promise<QuotedMessage | null> {
  if (answer.replyToId == null) return null;
  const quoted = await em.findOne(Message, { id: answer.replyToId }, { populate: ['content'] });
  if (quoted?.whatsappId == null) return null;
  const { content } = quoted;
  const author =
    quoted.direction === 'INBOUND'
      ? answer.recipient
      : (await em.findOne(Device, { id: quoted.deviceId }))?.phoneNumber;
  return {
    whatsappId: quoted.whatsappId,
    text: quoted.text ?? null,
    author: author ?? '',
    content: content instanceof Uint8Array ? key.open(content, contentPlace(quoted.id)) : null,
  };
}
