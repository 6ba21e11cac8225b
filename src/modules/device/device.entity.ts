import { columnsOf } from '../../platform/database/entity-columns.js';
import { p, tenantRootEntity } from '../../platform/database/tenant-entity.js';
import type { Opt } from '../../platform/database/tenant-entity.js';
import type { RequiredEntityData } from '@mikro-orm/core';
import type { CloseReason, LinkedIdentity, NewChatQuota, SessionClose } from '../../whatsapp/index.js';
import type { RejectReason } from './device.attention.js';
import { backoffMs } from './device.backoff.js';
import { deviceErrors } from './device.errors.js';
import { deviceStatus } from './device.status.js';
import type { Connection, DeviceStatus, Link } from './device.status.js';
import { shardOf } from './lease/shard.js';
import type { HoldReason, SendPolicyChanges, StoredNewChatQuota } from './sending/send-policy.js';

/** A connection that stood this long was a good one: the next failure starts to count from zero. */
const STABLE_AFTER_MS = 5 * 60_000;
/** WhatsApp does not always say when an allowance of new chats is renewed. */
const UNKNOWN_CYCLE_MS = 86_400_000;

export type SuspendedBy = 'DEVICE' | 'SUBACCOUNT' | 'BOTH';

const DeviceSchema = tenantRootEntity(
  { agency: 'agencyId', subaccount: 'subaccountId', device: 'id' },
  {
    name: 'Device',
    tableName: 'device',
    properties: {
      id: p.uuid().primary(),
      agencyId: p.uuid(),
      subaccountId: p.uuid(),
      packageId: p.uuid(),
      // The same device for callers that know numbers, and for those that send by another uuid than they manage it by.
      number: p.bigint('number').defaultRaw("nextval('device_number_seq')"),
      sendingId: p.uuid().defaultRaw('gen_random_uuid()'),
      label: p.text(),
      priority: p.integer(),
      shard: p.smallint(),
      link: p.text().$type<Link>(),
      connection: p.text().$type<Connection>(),
      suspended: p.boolean(),
      // By whom while it is suspended: the device's people, its agency with the whole subaccount, or both.
      suspendedBy: p.text().$type<SuspendedBy>().nullable(),
      suspendReason: p.text().nullable(),
      status: p.text().$type<DeviceStatus>(),
      statusChangedAt: p.datetime(),
      phoneNumber: p.text().nullable(),
      lid: p.text().nullable(),
      platform: p.text().nullable(),
      business: p.boolean().nullable(),
      profileName: p.text().nullable(),
      rejectReason: p.text().$type<RejectReason>().nullable(),
      wakeAt: p.datetime().nullable(),
      connectAttempts: p.integer(),
      connectedSince: p.datetime().nullable(),
      lastConnectedAt: p.datetime().nullable(),
      lastCloseAt: p.datetime().nullable(),
      lastCloseReason: p.text().$type<CloseReason>().nullable(),
      lastCloseDetail: p.text().nullable(),
      reachoutLockedUntil: p.datetime().nullable(),
      // As WhatsApp last told it, and until when no other chat can be begun by it.
      newChatQuota: p.json<StoredNewChatQuota>().nullable(),
      newChatsCappedUntil: p.datetime().nullable(),
      // What this device has of its own; the rest is the default.
      sendPolicy: p.json<SendPolicyChanges>(),
      // What is marked as read here is shown as read to who wrote it.
      sendReadReceipts: p.boolean(),
      // As the drain last found it: nothing leaves before that, no first message to a stranger before the other.
      sendsHeldUntil: p.datetime().nullable(),
      sendsHeldFor: p.text().$type<HoldReason>().nullable(),
      newChatsHeldUntil: p.datetime().nullable(),
      // Since when it has had this number: its warm-up counts from there, a new link of the same number goes on with it.
      numberSince: p.datetime().nullable(),
      pairedAt: p.datetime().nullable(),
      createdAt: p.datetime(),
      deletedAt: p.datetime().nullable(),
    },
  },
);

/** For prepared statements on `device d`. */
export const DEVICE_COLUMNS = columnsOf(DeviceSchema, 'd');

/**
 * A WhatsApp number's place in a subaccount. `link`, `connection` and `suspended` are the facts; `status` follows from them.
 * `wakeAt`: a sessions process must look at this device at or after that time; null when row and socket are in step.
 * Facts change through {@link changeDevice} only, which keeps the status and tells the event log.
 */
export class Device extends DeviceSchema.class {
  /** Whether WhatsApp still holds a link that we have credentials for, as far as we know. */
  get isLinked(): Opt<boolean> {
    return this.link === 'PAIRED' || this.link === 'REPLACED' || this.link === 'BANNED';
  }

  /** Asks for a pairing. Throws why a device in this state cannot be paired. */
  requestPairing(now: Date): void {
    this.refuseWhileSuspended();
    if (this.link === 'PAIRING') throw deviceErrors.PAIRING_ALREADY_RUNNING();
    if (this.link === 'PAIRED') throw deviceErrors.DEVICE_ALREADY_PAIRED();
    this.link = 'PAIRING';
    this.connection = 'CLOSED';
    this.rejectReason = null;
    this.connectAttempts = 0;
    this.wakeAt = now;
  }

  /** The phone confirmed the pairing and the number is ours; logging in comes next. */
  paired(identity: LinkedIdentity, now: Date): void {
    this.link = 'PAIRED';
    this.connection = 'OPENING';
    this.pairedAt = now;
    this.connectAttempts = 0;
    if (this.numberSince == null || this.phoneNumber !== identity.phoneNumber) this.takeNumber(now);
    this.identify(identity);
  }

  /** The pairing came to nothing. `wakeAt`: what was half made is still to be erased. */
  pairingEnded(link: 'UNPAIRED' | 'PAIRING_EXPIRED', now: Date): void {
    this.link = link;
    this.connection = 'CLOSED';
    this.wakeAt = now;
  }

  /** The phone confirmed, and this number is not accepted here. */
  rejected(reason: RejectReason, now: Date): void {
    this.link = 'REJECTED';
    this.connection = 'CLOSED';
    this.rejectReason = reason;
    this.wakeAt = now;
  }

  /** A socket is being opened. */
  opening(): void {
    this.connection = 'OPENING';
    this.wakeAt = null;
  }

  /** Logged in. */
  opened(identity: LinkedIdentity, now: Date): void {
    this.connection = 'OPEN';
    this.connectedSince = now;
    this.lastConnectedAt = now;
    this.wakeAt = null;
    this.identify(identity);
  }

  /** The socket is gone; what comes next follows from why. `random` gives [0, 1). */
  closed(close: SessionClose, now: Date, random: () => number): void {
    const upMs = now.getTime() - (this.connectedSince ?? now).getTime();
    if (upMs >= STABLE_AFTER_MS) this.connectAttempts = 0;
    this.connectedSince = null;
    this.lastCloseAt = now;
    this.lastCloseReason = close.reason;
    this.lastCloseDetail = close.detail;
    const goesOn = (this.link === 'PAIRED' || this.link === 'PAIRING') && !this.suspended;
    if (goesOn) this.afterClose(close, now, random);
    else this.connection = 'CLOSED';
  }

  /** The row says paired and nothing is left to log in with. */
  linkLost(now: Date): void {
    this.unlink('LOGGED_OUT', now);
    this.lastCloseReason = 'LOGGED_OUT';
    this.lastCloseDetail = 'there are no credentials to log in with';
  }

  /** Tries again at once, also after an end that waits for a person. */
  reconnect(now: Date): void {
    this.refuseWhileSuspended();
    if (this.link === 'LOGGED_OUT') throw deviceErrors.DEVICE_LOGGED_OUT();
    if (!this.isLinked) throw deviceErrors.DEVICE_NOT_PAIRED();
    this.link = 'PAIRED';
    this.openAgain(now);
  }

  /** Gives the link up because somebody asked for it. */
  logOut(now: Date): void {
    if (this.link === 'LOGGED_OUT') throw deviceErrors.DEVICE_LOGGED_OUT();
    if (!this.isLinked) throw deviceErrors.DEVICE_NOT_PAIRED();
    this.unlink('LOGGED_OUT', now);
    this.lastCloseReason = 'CLOSED_BY_US';
    this.lastCloseDetail = null;
  }

  /** Closes the socket and keeps the link. */
  suspend(reason: string | null, now: Date): void {
    this.suspendReason = reason;
    this.hold(this.isSuspendedWithSubaccount ? 'BOTH' : 'DEVICE', now);
  }

  /** Throws SUBACCOUNT_SUSPENDED when that alone is why. */
  resume(now: Date): void {
    if (this.suspended && this.suspendedBy === 'SUBACCOUNT') throw deviceErrors.SUBACCOUNT_SUSPENDED();
    this.suspendReason = null;
    this.release(this.isSuspendedWithSubaccount ? 'SUBACCOUNT' : null, now);
  }

  /** With all devices of its subaccount; what its own people said about it stays. */
  suspendWithSubaccount(now: Date): void {
    if (this.isSuspendedWithSubaccount) return;
    this.hold(this.suspended ? 'BOTH' : 'SUBACCOUNT', now);
  }

  resumeWithSubaccount(now: Date): void {
    if (!this.isSuspendedWithSubaccount) return;
    this.release(this.suspendedBy === 'BOTH' ? 'DEVICE' : null, now);
  }

  get isSuspendedWithSubaccount(): Opt<boolean> {
    return this.suspended && (this.suspendedBy === 'SUBACCOUNT' || this.suspendedBy === 'BOTH');
  }

  /** Gone for everybody; the row stays for what refers to it. */
  delete(now: Date): void {
    this.unlink('UNPAIRED', now);
    this.deletedAt = now;
    this.phoneNumber = null;
    this.lid = null;
    this.profileName = null;
  }

  /** WhatsApp limits new chats of this number until then; null: not any more. */
  lockReachout(until: Date | null): void {
    this.reachoutLockedUntil = until;
  }

  /** How many new chats WhatsApp still lets this number begin. */
  limitNewChats({ total, used, cycleEndsAt, exhausted }: NewChatQuota, now: Date): void {
    this.newChatQuota = { total, used, cycleEndsAt: cycleEndsAt?.toISOString() ?? null };
    const until = cycleEndsAt ?? new Date(now.getTime() + UNKNOWN_CYCLE_MS);
    this.newChatsCappedUntil = exhausted ? until : null;
  }

  /** Until when WhatsApp itself lets no new chat begin; null: it does. */
  newChatsLimitedUntil(now: Date): Date | null {
    const ends = [this.reachoutLockedUntil, this.newChatsCappedUntil].filter((end) => end instanceof Date);
    const last = ends.toSorted((one, other) => other.getTime() - one.getTime())[0] ?? null;
    return last !== null && last > now ? last : null;
  }

  /** Other rules for sending; what was held by the old ones is looked at anew. */
  paceBy(policy: SendPolicyChanges): void {
    this.sendPolicy = policy;
    this.sendsHeldUntil = null;
    this.sendsHeldFor = null;
    this.newChatsHeldUntil = null;
  }

  /** Recomputes the status. */
  restate(now: Date): void {
    const status = deviceStatus(this);
    if (status === this.status) return;
    this.status = status;
    this.statusChangedAt = now;
  }

  private afterClose(close: SessionClose, now: Date, random: () => number): void {
    if (close.action === 'STOP_AND_ERASE') this.unlink('LOGGED_OUT', now);
    else if (close.action === 'STOP') this.stopped(close.reason, now);
    else this.retry(close, now, random);
  }

  private stopped(reason: CloseReason, now: Date): void {
    // Closed to be opened again: the request stands.
    if (reason === 'CLOSED_BY_US' && this.connection === 'BACKOFF') return;
    if (reason === 'REPLACED' || reason === 'BANNED') this.link = reason;
    this.connection = 'CLOSED';
    // A process that stops leaves the device to the next owner; every other stop waits for a person.
    this.wakeAt = reason === 'CLOSED_BY_US' ? now : null;
  }

  private retry(close: SessionClose, now: Date, random: () => number): void {
    // WhatsApp asks for one restart after a pairing; a second one in a row means that it would go on for ever.
    const atOnce = close.action === 'RECONNECT_NOW' && this.connectAttempts === 0;
    const delayMs = atOnce ? 0 : backoffMs(this.connectAttempts, random);
    this.connection = atOnce ? 'OPENING' : 'BACKOFF';
    this.connectAttempts += 1;
    this.wakeAt = new Date(Math.max(now.getTime() + delayMs, close.until?.getTime() ?? 0));
  }

  private openAgain(now: Date): void {
    this.connection = 'BACKOFF';
    this.connectAttempts = 0;
    this.wakeAt = now;
  }

  private refuseWhileSuspended(): void {
    if (this.isSuspendedWithSubaccount) throw deviceErrors.SUBACCOUNT_SUSPENDED();
    if (this.suspended) throw deviceErrors.DEVICE_SUSPENDED();
  }

  private hold(by: SuspendedBy, now: Date): void {
    if (this.link === 'PAIRING') this.link = 'UNPAIRED';
    this.suspended = true;
    this.suspendedBy = by;
    this.connection = 'CLOSED';
    this.connectedSince = null;
    this.wakeAt = now;
  }

  private release(left: SuspendedBy | null, now: Date): void {
    if (!this.suspended) return;
    this.suspendedBy = left;
    if (left !== null) return;
    this.suspended = false;
    if (this.link === 'PAIRED') this.openAgain(now);
  }

  private unlink(link: 'UNPAIRED' | 'LOGGED_OUT', now: Date): void {
    this.link = link;
    this.connection = 'CLOSED';
    this.connectedSince = null;
    this.wakeAt = now;
  }

  /** Another number: what WhatsApp held against the one before is not its fault. */
  private takeNumber(now: Date): void {
    this.numberSince = now;
    this.reachoutLockedUntil = null;
    this.newChatsCappedUntil = null;
    this.newChatQuota = null;
  }

  private identify(identity: LinkedIdentity): void {
    this.phoneNumber = identity.phoneNumber;
    this.lid = identity.lid ?? this.lid ?? null;
    this.platform = identity.platform;
    this.business = identity.business;
    this.profileName = identity.name ?? this.profileName ?? null;
  }
}
DeviceSchema.setClass(Device);

/** The columns of a device that nothing has happened to yet. */
export function newDevice(
  place: Pick<Device, 'id' | 'agencyId' | 'subaccountId' | 'packageId' | 'label'>,
  now: Date,
  isSubaccountSuspended = false,
): RequiredEntityData<Device> {
  const facts = { link: 'UNPAIRED', connection: 'CLOSED', suspended: isSubaccountSuspended } as const;
  return {
    ...place,
    ...facts,
    priority: 0,
    shard: shardOf(place.id),
    status: deviceStatus(facts),
    statusChangedAt: now,
    suspendedBy: isSubaccountSuspended ? 'SUBACCOUNT' : null,
    connectAttempts: 0,
    sendPolicy: {},
    sendReadReceipts: false,
    createdAt: now,
  };
}
