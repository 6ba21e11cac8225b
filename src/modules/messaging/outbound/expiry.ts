import type { Transaction } from '../../../platform/database/transaction.js';
import { Device } from '../../device/index.js';
import { Conversation } from '../conversation/conversation.entity.js';
import type { Message } from '../message/message.entity.js';
import { waitOf } from '../message/message.waiting.js';
import type { WaitReason } from '../message/message.waiting.js';
import { recordMove } from '../message/message.transition.js';

const WAITED: Readonly<Record<WaitReason, string>> = {
  DEVICE_OFFLINE: 'its device was not connected',
  MEDIA: 'its file was still being fetched',
  RETRY: 'it waited to be tried again',
  PACING: "the device's delays and caps held it back",
  SENDING_HOURS: "it was outside the device's sending hours",
  REACHOUT_LOCK: 'WhatsApp limited new chats of the number',
  NEW_CHAT_CAP: 'the number had used up the new chats that WhatsApp allows it',
};
const NOTHING = 'its turn did not come in time';

/** Ends locked messages of one device whose time is over, and says what kept each of them. */
export async function expire(tx: Transaction, messages: readonly Message[]): Promise<void> {
  const [first] = messages;
  if (first === undefined) return;
  const device = await tx.em.findOneOrFail(Device, { id: first.deviceId });
  const ids = [...new Set(messages.map((message) => message.conversationId))];
  const conversations = new Map(
    (await tx.em.find(Conversation, { id: { $in: ids } })).map((conversation) => [
      conversation.id,
      conversation,
    ]),
  );
  for (const message of messages) {
    const conversation = conversations.get(message.conversationId);
    const previous = message.status;
    message.expire(conversation === undefined ? NOTHING : whatKept(message, device, conversation));
    await recordMove(tx, message, previous);
  }
}

/** As it was at the moment when its time was over, as far as the rows still tell. */
function whatKept(message: Message, device: Device, conversation: Conversation): string {
  const { expiresAt } = message;
  if (!(expiresAt instanceof Date)) return NOTHING;
  const cameBackLater = device.lastConnectedAt instanceof Date && device.lastConnectedAt > expiresAt;
  const reason = cameBackLater
    ? 'DEVICE_OFFLINE'
    : waitOf(message, { device, conversation }, expiresAt)?.reason;
  return reason == null ? NOTHING : WAITED[reason];
}
