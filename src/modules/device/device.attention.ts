import type { CloseReason } from '../../whatsapp/index.js';
import type { StatusFacts } from './device.status.js';

/** Why a person should look at a device. */
export const ATTENTIONS = [
  'RELINK_REQUIRED',
  'NUMBER_IN_USE',
  'NOT_A_BUSINESS_ACCOUNT',
  'NUMBER_BANNED',
  'TEMPORARILY_BANNED',
  'SESSION_CONFLICT',
  'CLIENT_OUTDATED',
  'NEW_CHATS_RESTRICTED',
  'REPEATED_DISCONNECTS',
] as const;
export type Attention = (typeof ATTENTIONS)[number];

/** What is shown of a device: also what other modules know about it. */
export type ShownAttention = Attention | 'QUOTA_LOW';

/** Why a freshly linked number was unlinked again. */
export type RejectReason = 'NUMBER_IN_USE' | 'NOT_A_BUSINESS_ACCOUNT';

/** From how many failed connects in a row on a person should know. */
const REPEATED_DISCONNECTS = 5;

export interface AttentionFacts extends StatusFacts {
  readonly rejectReason?: RejectReason | null | undefined;
  readonly lastCloseReason?: CloseReason | null | undefined;
  readonly connectAttempts: number;
  readonly reachoutLockedUntil?: Date | null | undefined;
  readonly newChatsCappedUntil?: Date | null | undefined;
}

type Rule = (facts: AttentionFacts, now: Date) => boolean;

const linkEndedBy =
  (reason: CloseReason): Rule =>
  ({ link, connection, lastCloseReason }) =>
    link === 'PAIRED' && connection !== 'OPEN' && lastCloseReason === reason;

const RULES: Readonly<Record<Attention, Rule>> = {
  // A logout that somebody asked for here needs nobody's attention.
  RELINK_REQUIRED: (facts, now) =>
    (facts.link === 'LOGGED_OUT' && facts.lastCloseReason !== 'CLOSED_BY_US') ||
    linkEndedBy('MULTI_DEVICE_MISMATCH')(facts, now),
  NUMBER_IN_USE: ({ link, rejectReason }) => link === 'REJECTED' && rejectReason === 'NUMBER_IN_USE',
  NOT_A_BUSINESS_ACCOUNT: ({ link, rejectReason }) =>
    link === 'REJECTED' && rejectReason === 'NOT_A_BUSINESS_ACCOUNT',
  NUMBER_BANNED: ({ link }) => link === 'BANNED',
  TEMPORARILY_BANNED: linkEndedBy('TEMPORARILY_BANNED'),
  SESSION_CONFLICT: ({ link }) => link === 'REPLACED',
  CLIENT_OUTDATED: linkEndedBy('CLIENT_OUTDATED'),
  NEW_CHATS_RESTRICTED: ({ link, reachoutLockedUntil, newChatsCappedUntil }, now) =>
    link === 'PAIRED' && [reachoutLockedUntil, newChatsCappedUntil].some((until) => (until ?? now) > now),
  REPEATED_DISCONNECTS: ({ link, connection, connectAttempts }) =>
    link === 'PAIRED' && connection !== 'OPEN' && connectAttempts >= REPEATED_DISCONNECTS,
};

/** What a person should look at, from the stored facts and the time alone. */
export function attentionOf(facts: AttentionFacts, now: Date): Attention[] {
  return ATTENTIONS.filter((attention) => RULES[attention](facts, now));
}
