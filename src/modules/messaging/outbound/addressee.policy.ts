import type { Addressee } from '../../contact/index.js';
import { messagingErrors } from '../messaging.errors.js';

/** Who wrote a message: a person, or a program that a person wrote for this one; or a rule that nobody looks at. */
export const MESSAGE_ORIGINS = ['PERSON', 'AUTOMATION'] as const;
export type MessageOrigin = (typeof MESSAGE_ORIGINS)[number];

/** Throws RECIPIENT_BLOCKED, RECIPIENT_OPTED_OUT. */
export function assertWanted({ blockedAt, optedOutAt }: Addressee, origin: MessageOrigin): void {
  if (blockedAt != null) throw messagingErrors.RECIPIENT_BLOCKED();
  if (optedOutAt != null && origin === 'AUTOMATION') throw messagingErrors.RECIPIENT_OPTED_OUT();
}
