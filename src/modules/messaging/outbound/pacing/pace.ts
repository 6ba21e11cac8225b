import { createHash } from 'node:crypto';
import type { HoldReason, SendPolicy, SendRules } from '../../../device/index.js';
import { nextOpening } from './sending-hours.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/**
 * What a device wrote to the wire, as far as its caps need it: of a cap of n the time of the nth newest write. While that one is inside
 * the window, the window is full.
 */
export interface WrittenFacts {
  readonly last: { readonly atMs: number; /** Names this write. */ readonly id: string } | null;
  readonly perMinuteMs: number | null;
  readonly perHourMs: number | null;
  readonly perDayMs: number | null;
  readonly newChatsMs: number | null;
}

export interface Hold {
  readonly until: Date;
  readonly reason: HoldReason;
}

/** Whose first messages must wait: of all who never wrote to us, or only of those whom we never wrote to either. */
export type Strangers = 'STRANGERS' | 'FIRST_CONTACTS';

export interface Pace {
  /** Nothing leaves before that. */
  readonly hold: Hold | null;
  readonly newChats: { readonly until: Date; readonly to: Strangers } | null;
}

/** When a device may write next. Depends on nothing but its arguments, so whoever takes the device over goes on at the same pace. */
export function paceOf(rules: SendRules, written: WrittenFacts, now: Date): Pace {
  const limit = whatsappLimit(rules, now);
  if (rules.policy.pacing === 'OFF') return { hold: null, newChats: limit };
  const own = limit?.to === 'STRANGERS' ? null : newChatsOf(written, now);
  return { hold: holdOf(rules, written, now), newChats: later(limit, own) };
}

/** What WhatsApp itself holds back for now; it is kept whatever the policy says. */
export function whatsappLimit(rules: SendRules, now: Date): Pace['newChats'] {
  const { reachoutLockedUntil: locked, newChatsCappedUntil: capped } = rules;
  if (locked !== null && locked > now) return { until: locked, to: 'STRANGERS' };
  return capped !== null && capped > now ? { until: capped, to: 'FIRST_CONTACTS' } : null;
}

/** The pause after a write. It follows from that write alone: asking again, or from another process, gives the same. */
export function delayAfter(writeId: string, { minDelayMs, maxDelayMs }: SendPolicy): number {
  const chance = createHash('sha256').update(writeId).digest().readUInt32BE(0) / 2 ** 32;
  return minDelayMs + Math.round(chance * (maxDelayMs - minDelayMs));
}

function holdOf({ policy, timezone }: SendRules, written: WrittenFacts, now: Date): Hold | null {
  const { last, perMinuteMs, perHourMs, perDayMs } = written;
  const pacedMs = Math.max(
    last === null ? 0 : last.atMs + delayAfter(last.id, policy),
    endOf(perMinuteMs, MINUTE_MS),
    endOf(perHourMs, HOUR_MS),
    endOf(perDayMs, DAY_MS),
  );
  const free = new Date(Math.max(pacedMs, now.getTime()));
  const open = policy.sendingHours === null ? free : nextOpening(free, policy.sendingHours, timezone);
  if (open <= now) return null;
  return { until: open, reason: open > free ? 'SENDING_HOURS' : 'PACING' };
}

function later(one: Pace['newChats'], other: Pace['newChats']): Pace['newChats'] {
  if (one === null || other === null) return one ?? other;
  return one.until >= other.until ? one : other;
}

function newChatsOf({ newChatsMs }: WrittenFacts, now: Date): Pace['newChats'] {
  const until = new Date(endOf(newChatsMs, DAY_MS));
  return until > now ? { until, to: 'FIRST_CONTACTS' } : null;
}

/** When a write has left its window. */
function endOf(writtenMs: number | null, windowMs: number): number {
  return writtenMs === null ? 0 : writtenMs + windowMs;
}
