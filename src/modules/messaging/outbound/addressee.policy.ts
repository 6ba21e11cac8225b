import type { Addressee } from '../../contact/index.js';
import type { MessageOrigin } from '../message/message.origin.js';
import { messagingErrors } from '../messaging.errors.js';

export type Refusal = 'RECIPIENT_BLOCKED' | 'RECIPIENT_OPTED_OUT';
type Wishes = Pick<Addressee, 'blockedAt' | 'optedOutAt'>;

/** Why nothing of this origin goes to a contact; null: it may. */
export function refusalOf({ blockedAt, optedOutAt }: Wishes, origin: MessageOrigin | null): Refusal | null {
  if (blockedAt != null) return 'RECIPIENT_BLOCKED';
  return optedOutAt != null && origin === 'AUTOMATION' ? 'RECIPIENT_OPTED_OUT' : null;
}

/** Throws RECIPIENT_BLOCKED, RECIPIENT_OPTED_OUT. */
export function assertWanted(wishes: Wishes, origin: MessageOrigin): void {
  const refusal = refusalOf(wishes, origin);
  if (refusal !== null) throw messagingErrors[refusal]();
}

/** {@link refusalOf} is null, in SQL, of `message m`. */
export const WANTED = `not exists (
  select from conversation c join contact p on p.id = c.contact_id
  where c.id = m.conversation_id
    and (p.blocked_at is not null or (p.opted_out_at is not null and m.origin = 'AUTOMATION')))`;
