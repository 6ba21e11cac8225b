import type { SessionLogger } from './logger.js';
import type { Clock } from '../../kernel/clock.js';

/** All in milliseconds. */
export interface SessionTimeouts {
  /** TCP, TLS, HTTP upgrade and the Noise handshake. */
  readonly connectTimeoutMs: number;
  /** From the start of a connection to the login (or the first QR). */
  readonly loginTimeoutMs: number;
  /** An unanswered request. */
  readonly queryTimeoutMs: number;
  /** How long a written message waits for WhatsApp's ack. */
  readonly ackTimeoutMs: number;
  readonly pingIntervalMs: number;
  /** An unanswered ping ends the session as DEAF. */
  readonly pingTimeoutMs: number;
  /** Life of each QR; null: WhatsApp's own (60 s for the first, 20 s for the others). */
  readonly qrTimeoutMs: number | null;
}

const DEFAULT_TIMEOUTS: SessionTimeouts = {
  connectTimeoutMs: 20_000,
  loginTimeoutMs: 60_000,
  queryTimeoutMs: 30_000,
  ackTimeoutMs: 75_000,
  pingIntervalMs: 30_000,
  pingTimeoutMs: 15_000,
  qrTimeoutMs: null,
};

const WHATSAPP_URL = 'wss://web.whatsapp.com/ws/chat';
const WHATSAPP_MEDIA_HOST = 'mmg.whatsapp.net';

/** Given by the composition root; everything but logger and clock has WhatsApp's defaults. */
export interface WhatsAppOptions {
  readonly logger: SessionLogger;
  readonly clock: Clock;
  readonly websocketUrl?: string;
  /** `[2, 3000, n]`; default: the library's. */
  readonly version?: readonly [number, number, number];
  /** `host` or `host:port` that media are downloaded from. */
  readonly mediaHost?: string;
  /** PEM of an authority that signs the media server, besides the usual ones. */
  readonly mediaCa?: string;
  readonly timeouts?: Partial<SessionTimeouts>;
}

export interface Settings {
  readonly logger: SessionLogger;
  readonly clock: Clock;
  readonly websocketUrl: string;
  readonly version: readonly [number, number, number] | null;
  readonly mediaHost: string;
  readonly mediaCa: string | null;
  readonly timeouts: SessionTimeouts;
}

export function settingsFrom(options: WhatsAppOptions): Settings {
  return {
    logger: options.logger,
    clock: options.clock,
    websocketUrl: options.websocketUrl ?? WHATSAPP_URL,
    version: options.version ?? null,
    mediaHost: options.mediaHost ?? WHATSAPP_MEDIA_HOST,
    mediaCa: options.mediaCa ?? null,
    timeouts: { ...DEFAULT_TIMEOUTS, ...options.timeouts },
  };
}
