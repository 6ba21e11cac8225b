import type { Message } from '../message/message.entity.js';
import { isAction } from '../message/message.kind.js';
import { messagingErrors } from '../messaging.errors.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** As WhatsApp's own apps allow it. */
const EDIT_WINDOW_MS = 15 * MINUTE_MS;
const DELETION_WINDOW_MS = 60 * HOUR_MS;

type Target = Pick<Message, 'direction' | 'status' | 'kind' | 'sentAt' | 'deletedAt' | 'whatsappId'>;

/** Throws why nobody can react to it. */
export function assertReactable(target: Target): void {
  assertOnWhatsApp(target);
  if (isAction(target.kind)) throw unsuitable(target);
}

/** Until when it can be edited; throws why it cannot. */
export function editableUntil(target: Target, now: Date): Date {
  assertOurs(target);
  assertOnWhatsApp(target);
  if (target.kind !== 'TEXT') throw unsuitable(target);
  return endOfWindow(target, EDIT_WINDOW_MS, messagingErrors.EDIT_WINDOW_CLOSED, now);
}

/** Until when it can be deleted for everybody; throws why it cannot. */
export function deletableUntil(target: Target, now: Date): Date {
  assertOurs(target);
  assertOnWhatsApp(target);
  if (isAction(target.kind)) throw unsuitable(target);
  return endOfWindow(target, DELETION_WINDOW_MS, messagingErrors.DELETION_WINDOW_CLOSED, now);
}

function assertOurs({ direction }: Target): void {
  if (direction !== 'OUTBOUND') throw messagingErrors.MESSAGE_NOT_OURS();
}

function assertOnWhatsApp({ status, sentAt, deletedAt, whatsappId }: Target): void {
  if (deletedAt != null) throw messagingErrors.MESSAGE_DELETED();
  if (whatsappId == null || sentAt == null) throw messagingErrors.MESSAGE_NOT_SENT({ data: { status } });
}

function endOfWindow(
  { sentAt }: Target,
  windowMs: number,
  closed: typeof messagingErrors.EDIT_WINDOW_CLOSED,
  now: Date,
): Date {
  const closesAt = new Date((sentAt ?? now).getTime() + windowMs);
  if (closesAt <= now) throw closed({ data: { closedAt: closesAt.toISOString() } });
  return closesAt;
}

function unsuitable({ kind }: Target): Error {
  return messagingErrors.MESSAGE_KIND_UNSUITABLE({ data: { kind } });
}
