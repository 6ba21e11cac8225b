import { p, tenantEntity } from '../../../platform/database/tenant-entity.js';
import type { Opt } from '../../../platform/database/tenant-entity.js';

export type PairingMethod = 'QR' | 'PHONE_CODE';

export type PairingState = 'STARTING' | 'WAITING_FOR_SCAN' | 'SUCCEEDED' | 'EXPIRED' | 'FAILED' | 'CANCELED';
export type FinalPairingState = Exclude<PairingState, 'STARTING' | 'WAITING_FOR_SCAN'>;

/** WhatsApp shows six QR codes, the first for 60 s and the others for 20 s; a moment more to confirm on the phone. */
export const PAIRING_TIMEOUT_MS = 180_000;

const PairingSchema = tenantEntity({
  name: 'Pairing',
  tableName: 'pairing',
  properties: {
    deviceId: p.uuid().primary(),
    id: p.uuid(),
    method: p.text().$type<PairingMethod>(),
    state: p.text().$type<PairingState>(),
    phoneNumber: p.text().nullable(),
    secret: p.blob().nullable(),
    expiresAt: p.datetime().nullable(),
    attempt: p.integer(),
    failure: p.text().nullable(),
    startedAt: p.datetime(),
    deadlineAt: p.datetime(),
    updatedAt: p.datetime(),
  },
});

/** The latest pairing of a device. Its secret (QR text or code) is sealed, overwritten by the next one and emptied at the end. */
export class Pairing extends PairingSchema.class {
  get isRunning(): Opt<boolean> {
    return this.state === 'STARTING' || this.state === 'WAITING_FOR_SCAN';
  }

  /** Begins anew; the row of an earlier pairing is used again. */
  begin(id: string, method: PairingMethod, phoneNumber: string | null, now: Date): void {
    this.id = id;
    this.method = method;
    this.phoneNumber = phoneNumber;
    this.attempt = 0;
    this.startedAt = now;
    this.deadlineAt = new Date(now.getTime() + PAIRING_TIMEOUT_MS);
    this.set('STARTING', null, now);
  }

  /** A new secret replaces the one before. */
  offer(sealedSecret: Buffer, expiresAt: Date, now: Date): void {
    this.set('WAITING_FOR_SCAN', null, now);
    this.secret = sealedSecret;
    this.expiresAt = expiresAt;
    this.attempt += 1;
  }

  /** The link to WhatsApp was lost before the phone confirmed; another one is on its way. */
  restart(now: Date): void {
    this.set('STARTING', null, now);
  }

  finish(state: FinalPairingState, failure: string | null, now: Date): void {
    this.set(state, failure, now);
  }

  /** The state for a reader: a pairing that nobody ended in time has expired, whether or not a process has written so. */
  stateAt(now: Date): PairingState {
    return this.isRunning && now >= this.deadlineAt ? 'EXPIRED' : this.state;
  }

  private set(state: PairingState, failure: string | null, now: Date): void {
    this.state = state;
    this.failure = failure;
    this.secret = null;
    this.expiresAt = null;
    this.updatedAt = now;
  }
}
PairingSchema.setClass(Pairing);

export function isFinal(state: PairingState): state is FinalPairingState {
  return state !== 'STARTING' && state !== 'WAITING_FOR_SCAN';
}
