import type { CacheStore } from '@whiskeysockets/baileys';

interface Slot {
  readonly value: unknown;
  readonly expiresAtMs: number;
}

/** Least recently used entries leave first; every entry ends after its time. */
export class BoundedCache {
  readonly #slots = new Map<string, Slot>();
  readonly #maxEntries: number;
  readonly #nowMs: () => number;

  constructor(maxEntries: number, nowMs: () => number) {
    this.#maxEntries = maxEntries;
    this.#nowMs = nowMs;
  }

  get(key: string): unknown {
    const slot = this.#slots.get(key);
    if (slot === undefined) return undefined;
    this.#slots.delete(key);
    if (slot.expiresAtMs <= this.#nowMs()) return undefined;
    this.#slots.set(key, slot);
    return slot.value;
  }

  set(key: string, value: unknown, ttlMs = Number.POSITIVE_INFINITY): void {
    this.#slots.delete(key);
    this.#slots.set(key, { value, expiresAtMs: this.#nowMs() + ttlMs });
    const oldest = this.#slots.size > this.#maxEntries ? this.#slots.keys().next() : null;
    if (oldest?.done === false) this.#slots.delete(oldest.value);
  }

  delete(key: string): void {
    this.#slots.delete(key);
  }

  clear(): void {
    this.#slots.clear();
  }

  /** A part of this cache for the library; `prefix` keeps the devices of one process apart. */
  scoped(prefix: string, ttlMs: number): CacheStore {
    const key = (id: string): string => `${prefix}${id}`;
    return {
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the library's signature
      get: <T>(id: string) => this.get(key(id)) as T | undefined,
      set: (id, value) => this.set(key(id), value, ttlMs),
      del: (id) => this.delete(key(id)),
      flushAll: () => undefined,
    };
  }
}
