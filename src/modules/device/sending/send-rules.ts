import { GatheredQuestion } from '../../../platform/database/gathered-question.js';
import { PreparedStatement } from '../../../platform/database/prepared-statement.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { deviceUpdated } from '../device.events.js';
import { findLockedDevice } from '../device.queries.js';
import { changeDevice } from '../device.transition.js';
import type { HoldReason, Pacing, SendPolicy, SendPolicyChanges } from './send-policy.js';
import { sendPolicyOf } from './send-policy.js';

/** How long new chats wait when WhatsApp refused one and did not say for how long. */
const GUESSED_LOCK_MS = 86_400_000;

/** What decides when a device may send. */
export interface SendRules {
  readonly policy: SendPolicy;
  /** IANA name. */
  readonly timezone: string;
  readonly numberSince: Date | null;
  readonly reachoutLockedUntil: Date | null;
  /** The number has used up the new chats that WhatsApp allows it. */
  readonly newChatsCappedUntil: Date | null;
}

interface RulesRow {
  readonly id: string;
  readonly send_policy: SendPolicyChanges;
  readonly timezone: string;
  readonly number_since_ms: number | null;
  readonly locked_until_ms: number | null;
  readonly capped_until_ms: number | null;
}

const RULES = `select d.id, d.send_policy, s.timezone, (extract(epoch from d.number_since) * 1000)::float8 as number_since_ms,
                      (extract(epoch from d.reachout_locked_until) * 1000)::float8 as locked_until_ms,
                      (extract(epoch from d.new_chats_capped_until) * 1000)::float8 as capped_until_ms
               from device d join subaccount s on s.id = d.subaccount_id where d.id = any ($1)`;
const READ_RULES = new PreparedStatement<RulesRow>('read_send_rules', RULES);
const LOCK_RULES = new PreparedStatement<RulesRow>('lock_send_rules', `${RULES} for no key update of d`);

const read = new GatheredQuestion<string, RulesRow | undefined>(async (em, deviceIds) => {
  const rows = new Map((await READ_RULES.run(em, [deviceIds])).map((row) => [row.id, row]));
  return deviceIds.map((id) => rows.get(id));
});

/** `lock`: they stay as they are until the transaction ends. */
export async function findSendRules(
  tx: Transaction,
  deviceId: string,
  options: { readonly defaultPacing: Pacing; readonly lock: boolean },
): Promise<SendRules> {
  const row = options.lock ? (await LOCK_RULES.run(tx.em, [[deviceId]]))[0] : await read.of(tx.em, deviceId);
  if (row === undefined) throw new Error('a device that sends does not exist');
  return {
    policy: sendPolicyOf(row.send_policy, options.defaultPacing),
    timezone: row.timezone,
    numberSince: dateOf(row.number_since_ms),
    reachoutLockedUntil: dateOf(row.locked_until_ms),
    newChatsCappedUntil: dateOf(row.capped_until_ms),
  };
}

/** Nothing leaves the device before `until`. Told to callers, and what spares the sweeper from looking at it until then. */
export async function holdSends(
  tx: Transaction,
  deviceId: string,
  hold: { readonly until: Date; readonly reason: HoldReason },
): Promise<void> {
  const sql = 'update device set sends_held_until = ?, sends_held_for = ? where id = ?';
  await tx.em.execute(sql, [hold.until, hold.reason, deviceId]);
}

/** No first message to a stranger leaves the device before `until`. */
export async function holdNewChats(tx: Transaction, deviceId: string, until: Date): Promise<void> {
  await tx.em.execute('update device set new_chats_held_until = ? where id = ?', [until, deviceId]);
}

/** WhatsApp refused a new chat of this number: no other is tried until it says more, or for a day. */
export async function assumeReachoutLock(tx: Transaction, deviceId: string, now: Date): Promise<void> {
  const device = await findLockedDevice(tx, deviceId);
  if (device === null || (device.reachoutLockedUntil ?? now) > now) return;
  const until = new Date(now.getTime() + GUESSED_LOCK_MS);
  await changeDevice(tx, device, now, () => device.lockReachout(until));
  tx.append(deviceUpdated(device, ['newChatsLimitedUntil', 'attention']));
}

function dateOf(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms);
}
