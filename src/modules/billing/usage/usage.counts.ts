import type { StoredEvent } from '../../../kernel/events.js';
import { CHARGED_POOLS } from '../quota/quota-pool.js';
import type { ChargedPool } from '../quota/quota-pool.js';

/** What is counted, in the order in which it happens to a message. */
export const USAGE_STEPS = [
  'accepted',
  'sent',
  'delivered',
  'read',
  'failed',
  'expired',
  'canceled',
] as const;
export type UsageStep = (typeof USAGE_STEPS)[number];
export type UsageCounts = Readonly<Record<UsageStep, number>>;

export interface UsageKey {
  readonly deviceId: string;
  /** By the wall clock of the subaccount, such as 2026-11-21. */
  readonly day: string;
  readonly pool: ChargedPool;
}

/** How far a message is. What ended unsent starts again from nothing when WhatsApp proves it sent. */
const RANK: Readonly<Record<string, number>> = { SENT: 1, DELIVERED: 2, READ: 3, PLAYED: 4 };
const PROVEN: readonly [UsageStep, number][] = [
  ['sent', 1],
  ['delivered', 2],
  ['read', 3],
];
const ENDS: Readonly<Record<string, UsageStep>> = {
  FAILED: 'failed',
  EXPIRED: 'expired',
  CANCELED: 'canceled',
};

/** What an event counts for; a receipt also stands for the steps below it that were not told. */
export function stepsOf({ topic, payload }: Pick<StoredEvent, 'topic' | 'payload'>): readonly UsageStep[] {
  if (topic === 'message.created') return ['accepted'];
  if (topic !== 'message.status_changed') return [];
  const status = String(payload['status']);
  const end = ENDS[status];
  if (end !== undefined) return [end];
  const before = RANK[String(payload['previous'])] ?? 0;
  const after = RANK[status] ?? 0;
  return PROVEN.filter(([, rank]) => before < rank && rank <= after).map(([step]) => step);
}

/** Sums up what events count for. Messages that nobody was charged for, received ones above all, have no pool. */
export function countUsage(
  events: readonly StoredEvent[],
  dayOf: (at: Date) => string,
): readonly (UsageKey & UsageCounts)[] {
  const sums = new Map<string, UsageKey & Record<UsageStep, number>>();
  for (const event of events) {
    const { deviceId, pool } = event.payload;
    if (typeof deviceId !== 'string' || !isPool(pool)) continue;
    const day = dayOf(event.occurredAt);
    const key = `${deviceId} ${day} ${pool}`;
    const sum = sums.get(key) ?? { deviceId, day, pool, ...NOTHING };
    for (const step of stepsOf(event)) sum[step] += 1;
    sums.set(key, sum);
  }
  return [...sums.values()];
}

const NOTHING = { accepted: 0, sent: 0, delivered: 0, read: 0, failed: 0, expired: 0, canceled: 0 };

function isPool(value: unknown): value is ChargedPool {
  return (CHARGED_POOLS as readonly unknown[]).includes(value);
}
