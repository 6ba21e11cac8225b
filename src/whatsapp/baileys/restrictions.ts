import { NewChatMessageCappingStatusType, type BaileysEventMap } from '@whiskeysockets/baileys';
import type { NewChatQuota, ReachoutLock } from '../ports.js';

type Lock = NonNullable<BaileysEventMap['connection.update']['reachoutTimeLock']>;
type Cap = BaileysEventMap['message-capping.update'];

/** Later than any time in seconds that WhatsApp will name. */
const FIRST_MILLISECOND_VALUE = 1e11;

export function reachoutLockOf(lock: Lock): ReachoutLock {
  return {
    active: lock.isActive === true,
    endsAt: lock.timeEnforcementEnds ?? null,
    kind: lock.enforcementType ?? null,
  };
}

export function newChatQuotaOf(cap: Cap): NewChatQuota {
  const total = countOf(cap.total_quota);
  const used = countOf(cap.used_quota);

  const capped = NewChatMessageCappingStatusType.CAPPED === cap.capping_status;
  const isUsedUp = total !== null && used !== null && total > 0 && used >= total;
  return { total, used, cycleEndsAt: timeOf(cap.cycle_end_timestamp), exhausted: capped || isUsedUp };
}

/** The library hands over what WhatsApp's JSON holds, whatever its types say. */
function countOf(value: unknown): number | null {
  const count = value === null || value === undefined || value === '' ? Number.NaN : Number(value);
  return Number.isSafeInteger(count) && count >= 0 ? count : null;
}

function timeOf(value: unknown): Date | null {
  const time = countOf(value);
  if (time === null || time === 0) return null;
  return new Date(time < FIRST_MILLISECOND_VALUE ? time * 1000 : time);
}
