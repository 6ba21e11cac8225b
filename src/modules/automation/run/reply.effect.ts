import type { MessageService } from '../../messaging/index.js';
import { fillIn, skipped, stepKeyOf } from './effect.js';
import type { Effect } from './effect.js';

/** Writes to the person: by the number that they wrote to, else by the one that fits best. */
export function replyEffect(messages: Pick<MessageService, 'accept'>): Effect<'REPLY'> {
  return async (place, { text }) => {
    const { inside, run } = place;
    if (run.isLate) return skipped('TOO_LATE');
    const { contactId, subaccountId, conversationId, triggerDeviceId } = run;
    if (contactId == null) return skipped('NO_CONTACT');
    const filled = await fillIn(place, text);
    if (filled.trim() === '') return skipped('NOTHING_TO_SAY');
    const isAnswer = conversationId != null && triggerDeviceId != null;
    const { message } = await messages.accept(inside, {
      ...(isAnswer ? { deviceId: triggerDeviceId } : { subaccountId }),
      contactId,
      text: filled,
      origin: 'AUTOMATION',
      idempotencyKey: stepKeyOf(run),
    });
    return { status: 'DONE', messageId: message.id };
  };
}
