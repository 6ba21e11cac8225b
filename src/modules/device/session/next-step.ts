import type { Connection, Link } from '../device.status.js';
import type { Pairing } from '../pairing/pairing.entity.js';

export interface RowFacts {
  readonly link: Link;
  readonly connection: Connection;
  readonly suspended: boolean;
  readonly wakeAt?: Date | null | undefined;
  readonly deletedAt?: Date | null | undefined;
}

/** What runs in this process for the device: nothing, a pairing, or a login. */
export type Running =
  | { readonly kind: 'NOTHING' }
  | { readonly kind: 'PAIRING'; readonly pairingId: string }
  | { readonly kind: 'LOGIN' };

export type Step =
  /** Row and socket are in step. */
  | 'REST'
  /** Not yet: `wakeAt` is still to come. */
  | 'WAIT'
  /** The link is given up: log out, close, erase. */
  | 'UNLINK'
  /** Close and keep the link. */
  | 'CLOSE'
  /** Close what runs and look again. */
  | 'REOPEN'
  | 'LOG_IN'
  | 'PAIR'
  | 'EXPIRE_PAIRING';

/**
 * What brings the socket in step with the row. `adopting`: this process has just become the owner, so whatever the row says about
 * a socket was another one's.
 */
export function nextStep(
  row: RowFacts,
  pairing: Pairing | null,
  running: Running,
  now: Date,
  adopting = false,
): Step {
  if (row.deletedAt != null) return 'UNLINK';
  switch (row.link) {
    case 'PAIRING':
      return pairingStep(row, pairing, running, now);
    case 'PAIRED':
      return row.suspended ? 'CLOSE' : loginStep(row, running, now, adopting);
    case 'REPLACED':
    case 'BANNED':
      return 'CLOSE';
    default:
      return 'UNLINK';
  }
}

function pairingStep(row: RowFacts, pairing: Pairing | null, running: Running, now: Date): Step {
  if (pairing === null || pairing.stateAt(now) === 'EXPIRED') return 'EXPIRE_PAIRING';
  if (running.kind === 'PAIRING' && running.pairingId === pairing.id) return 'REST';
  // A pairing that was given up may have been confirmed just now: its link must not stay on the phone.
  if (running.kind !== 'NOTHING') return 'UNLINK';
  return isWaiting(row, now) ? 'WAIT' : 'PAIR';
}

function loginStep(row: RowFacts, running: Running, now: Date, adopting: boolean): Step {
  if (running.kind !== 'NOTHING') {
    return row.connection === 'OPEN' || row.connection === 'OPENING' ? 'REST' : 'REOPEN';
  }
  if (isWaiting(row, now)) return 'WAIT';
  // Closed without a time to wake: the last close waits for a person, or for another process with another version.
  return row.connection === 'CLOSED' && row.wakeAt == null && !adopting ? 'REST' : 'LOG_IN';
}

function isWaiting(row: RowFacts, now: Date): boolean {
  return row.connection === 'BACKOFF' && row.wakeAt != null && row.wakeAt > now;
}
