import type { CacheStore } from '@whiskeysockets/baileys';
import type { Clock } from '../../kernel/clock.js';
import type { KeyStore } from './key-store.js';

const TYPE = 'user-devices';
/** WhatsApp announces changes; this is the longest that one goes unnoticed which was announced while we were away. */
const TTL_MS = 60 * 60_000;

interface StoredList {
  readonly devices: unknown;
  readonly atMs: number;
}

/**
 * Which devices a person has, kept with the Signal keys: for everybody it does not find here the library starts new sessions,
 * each of which costs the recipient a one-time key. With a list in memory alone that would happen after every restart.
 */
export function deviceLists(keys: KeyStore, clock: Clock): CacheStore {
  return {
    get: async <T>(user: string): Promise<T> => {
      const stored = (await keys.read(TYPE, [user])).get(user);
      const fresh = isList(stored) && clock.now().getTime() - stored.atMs < TTL_MS;
      // The library's type knows no miss; its code does.
      return (fresh ? stored.devices : undefined) as T;
    },
    set: (user, devices) => {
      keys.write(TYPE, user, { devices, atMs: clock.now().getTime() } satisfies StoredList);
    },
    del: (user) => keys.write(TYPE, user, null),
    flushAll: () => undefined,
  };
}

function isList(value: unknown): value is StoredList {
  return typeof value === 'object' && value !== null && 'devices' in value && 'atMs' in value;
}
