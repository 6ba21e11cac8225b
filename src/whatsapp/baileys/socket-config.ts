import { Agent } from 'node:https';
import { DEFAULT_CONNECTION_CONFIG, type UserFacingSocketConfig } from '@whiskeysockets/baileys';
import type { AuthState } from './auth-state.js';
import type { BoundedCache } from './bounded-cache.js';
import { decodeMessage } from './content.js';
import { deviceLists } from './device-lists.js';
import type { InboundStanzas } from './inbound-stanzas.js';
import { libraryLogger } from './logger.js';
import { holdBeforeWire } from './outgoing-stanza.js';
import type { Settings } from './settings.js';
import { durableSignalRepository, TRANSACTIONS } from './signal-repository.js';

const MINUTE_MS = 60_000;
/** The longest interval that a timer takes: we have our own liveness check. */
const NEVER_MS = 2 ** 31 - 1;

/** How we use the library: nothing imported, nothing kept in memory that the store has, nothing announced. */
export function socketConfig(
  settings: Settings,
  deviceId: string,
  auth: AuthState,
  inbound: InboundStanzas,
  shared: BoundedCache,
): UserFacingSocketConfig {
  const { timeouts } = settings;
  const { creds, keys } = auth.library;
  const scoped = (name: string, ttlMs: number) => shared.scoped(`${deviceId}:${name}:`, ttlMs);
  return {
    auth: { creds, keys: holdBeforeWire(keys) },
    logger: libraryLogger(settings.logger, deviceId, settings.clock),
    waWebSocketUrl: settings.websocketUrl,
    version: settings.version === null ? DEFAULT_CONNECTION_CONFIG.version : [...settings.version],
    makeSignalRepository: durableSignalRepository(auth, inbound),
    transactionOpts: TRANSACTIONS,
    // It bounds each write as well, by a timer and two stack traces. Link bounds the handshake, and a dead connection is found by its silence.
    connectTimeoutMs: 0,
    defaultQueryTimeoutMs: timeouts.queryTimeoutMs,
    keepAliveIntervalMs: NEVER_MS,
    // The library deals with nothing else in this pause after each message that it cannot read; Quarantine bounds those.
    retryRequestDelayMs: 0,
    ...(timeouts.qrTimeoutMs === null ? {} : { qrTimeout: timeouts.qrTimeoutMs }),
    ...(settings.mediaCa === null ? {} : { fetchAgent: new Agent({ ca: settings.mediaCa }) }),
    getMessage: async ({ id }) => {
      const frozen = id ? await auth.store.findSent(id) : null;
      return frozen === null ? undefined : (decodeMessage(frozen) ?? undefined);
    },
    // The phone goes on showing notifications only while no linked device claims to be looking.
    markOnlineOnConnect: false,
    syncFullHistory: false,
    shouldSyncHistoryMessage: () => false,
    emitOwnEvents: false,
    generateHighQualityLinkPreview: false,
    userDevicesCache: deviceLists(auth.keys, settings.clock),
    msgRetryCounterCache: scoped('retry', 60 * MINUTE_MS),
    callOfferCache: scoped('call', 5 * MINUTE_MS),
    placeholderResendCache: scoped('placeholder', 60 * MINUTE_MS),
  };
}
