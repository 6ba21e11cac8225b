import { SessionFencedError } from '../ports.js';
import type { CloseAction, CloseReason, SessionClose } from '../ports.js';

/** What the owner of a session does after each reason. Only LOGGED_OUT and the ends of a pairing erase credentials. */
export const CLOSE_ACTIONS: Readonly<Record<CloseReason, CloseAction>> = {
  CLOSED_BY_US: 'STOP',
  RESTART_REQUIRED: 'RECONNECT_NOW',
  CONNECTION_LOST: 'BACK_OFF',
  CONNECT_TIMED_OUT: 'BACK_OFF',
  UPGRADE_REFUSED: 'BACK_OFF',
  SERVER_UNAVAILABLE: 'BACK_OFF',
  BAD_SESSION: 'BACK_OFF',
  CERTIFICATE_REFUSED: 'BACK_OFF',
  LOGGED_OUT: 'STOP_AND_ERASE',
  REPLACED: 'STOP',
  BANNED: 'STOP',
  TEMPORARILY_BANNED: 'BACK_OFF',
  CLIENT_OUTDATED: 'STOP',
  MULTI_DEVICE_MISMATCH: 'STOP',
  PAIRING_EXPIRED: 'STOP_AND_ERASE',
  PAIRING_REJECTED: 'STOP_AND_ERASE',
  PAIRING_FAILED: 'STOP_AND_ERASE',
  FENCED: 'STOP',
  STORE_FAILED: 'BACK_OFF',
  OBSERVER_FAILED: 'BACK_OFF',
  DEAF: 'RECONNECT_NOW',
  UNKNOWN: 'BACK_OFF',
};

/** `<stream:error code>`, `<failure reason>` and the library's own codes. */
export const CLOSE_REASON_BY_CODE: ReadonlyMap<number, CloseReason> = new Map([
  [400, 'CERTIFICATE_REFUSED'],
  [401, 'LOGGED_OUT'],
  [402, 'TEMPORARILY_BANNED'],
  [403, 'BANNED'],
  [405, 'CLIENT_OUTDATED'],
  [408, 'CONNECTION_LOST'],
  // WhatsApp does not know this user agent any more; only another version of the client helps.
  [409, 'CLIENT_OUTDATED'],
  [411, 'MULTI_DEVICE_MISMATCH'],
  [428, 'CONNECTION_LOST'],
  [440, 'REPLACED'],
  [500, 'BAD_SESSION'],
  [503, 'SERVER_UNAVAILABLE'],
  [515, 'RESTART_REQUIRED'],
]);

interface CloseFacts {
  readonly code?: number | null;
  readonly detail?: string;
  readonly until?: Date | null;
}

export function closeOf(reason: CloseReason, facts: CloseFacts = {}): SessionClose {
  return {
    reason,
    action: CLOSE_ACTIONS[reason],
    code: facts.code ?? null,
    detail: facts.detail ?? '',
    until: facts.until ?? null,
  };
}

/** Why the library ended a socket. `now` dates the end of a temporary ban. */
export function closeFromSocketError(error: unknown, now: Date): SessionClose {
  const detail = error instanceof Error ? error.message : 'connection closed';
  const { code, data } = boomFacts(error);
  if (code === null) return closeOf('CONNECTION_LOST', { detail });
  if (code === 408 && detail.startsWith('QR refs')) return closeOf('PAIRING_EXPIRED', { code, detail });
  const reason = CLOSE_REASON_BY_CODE.get(code) ?? 'UNKNOWN';
  const until = reason === 'TEMPORARILY_BANNED' ? banEnd(data, now) : null;
  return closeOf(reason, { code, detail, until });
}

/** Why the store refused a write. */
export function closeFromStoreError(error: unknown): SessionClose {
  const detail = error instanceof Error ? error.message : 'the store refused a write';
  return closeOf(error instanceof SessionFencedError ? 'FENCED' : 'STORE_FAILED', { detail });
}

/** The library throws Boom errors: an HTTP-like status and the stanza's attributes. */
export function boomFacts(error: unknown): { readonly code: number | null; readonly data: unknown } {
  if (!(error instanceof Error)) return { code: null, data: null };
  const output: unknown = 'output' in error ? error.output : null;
  const status =
    typeof output === 'object' && output !== null && 'statusCode' in output ? output.statusCode : null;
  return { code: typeof status === 'number' ? status : null, data: 'data' in error ? error.data : null };
}

/** `<failure reason="402" expire="seconds">` */
function banEnd(data: unknown, now: Date): Date | null {
  const expire = typeof data === 'object' && data !== null && 'expire' in data ? Number(data.expire) : NaN;
  return Number.isFinite(expire) && expire > 0 ? new Date(now.getTime() + expire * 1000) : null;
}
