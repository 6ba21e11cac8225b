import type { DataKey } from '../../../platform/crypto/data-key.js';
import type { Pairing, PairingMethod, PairingState } from './pairing.entity.js';

/** A pairing as the people of its device see it. A secret is null unless it can be used at this moment. */
export interface PairingView {
  readonly id: string;
  readonly method: PairingMethod;
  readonly state: PairingState;
  readonly qr: string | null;
  readonly code: string | null;
  readonly expiresAt: Date | null;
  readonly attempt: number;
  readonly failure: string | null;
}

/** Where a secret belongs: sealed for one pairing, it opens for no other. */
const aadOf = (pairing: Pairing): string => `pairing:${pairing.id}`;

export function sealSecret(pairing: Pairing, secret: string, key: DataKey): Buffer {
  return key.seal(Buffer.from(secret), aadOf(pairing));
}

/** `key` null: without the secret. */
export function viewOf(pairing: Pairing, now: Date, key: DataKey | null): PairingView {
  const { id, method, attempt, expiresAt = null } = pairing;
  const state = pairing.stateAt(now);
  const secret = state === 'WAITING_FOR_SCAN' && key !== null ? openSecret(pairing, now, key) : null;
  return {
    id,
    method,
    state,
    qr: method === 'QR' ? secret : null,
    code: method === 'PHONE_CODE' ? secret : null,
    expiresAt: secret === null ? null : expiresAt,
    attempt,
    failure: pairing.failure ?? null,
  };
}

function openSecret(pairing: Pairing, now: Date, key: DataKey): string | null {
  if (pairing.secret == null || pairing.expiresAt == null || pairing.expiresAt <= now) return null;
  return key.open(pairing.secret, aadOf(pairing)).toString();
}
