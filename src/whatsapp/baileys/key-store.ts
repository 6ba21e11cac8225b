import {
  BufferJSON,
  proto,
  type SignalDataSet,
  type SignalDataTypeMap,
  type SignalKeyStore,
} from '@whiskeysockets/baileys';
import type { AuthStore, InboxEntry, KeyChange } from '../ports.js';
import type { AuthWriter } from './auth-writer.js';
import type { BoundedCache } from './bounded-cache.js';

/**
 * A made-up key type: inbox rows ride through the library's key transaction in it, so that they reach the store in the
 * same commit as the ratchet step that decrypted them.
 */
export const INBOX_ROWS = 'trunkline-inbox';

/** Keys that are read once: a cache would only hold memory. */
const UNCACHED_TYPES: ReadonlySet<string> = new Set(['pre-key']);

/** What a transaction may hold besides the library's key types. */
export type KeyDataSet = SignalDataSet & { readonly [INBOX_ROWS]?: Readonly<Record<string, InboxEntry>> };

/** The library's key store over the {@link AuthStore} port: bytes below, the library's objects above. */
export class KeyStore {
  readonly #store: AuthStore;
  readonly #writer: AuthWriter;
  readonly #cache: BoundedCache;

  constructor(store: AuthStore, writer: AuthWriter, cache: BoundedCache) {
    this.#store = store;
    this.#writer = writer;
    this.#cache = cache;
  }

  /** For the library itself: `set` resolves when durable. */
  durable(): SignalKeyStore {
    return {
      get: (type, ids) => this.get(type, ids),
      set: async (data) => {
        this.enqueue(data);
        await this.#writer.flush();
      },
    };
  }

  /** For Signal operations, which wait for durability themselves, once for several steps. */
  deferred(): SignalKeyStore {
    return { get: (type, ids) => this.get(type, ids), set: (data) => this.enqueue(data) };
  }

  async get<T extends keyof SignalDataTypeMap>(
    type: T,
    ids: string[],
  ): Promise<Record<string, SignalDataTypeMap[T]>> {
    // Ours to write is ours to read: a value of a type was serialised from that type.
    return Object.fromEntries(await this.read(type, ids)) as Record<string, SignalDataTypeMap[T]>;
  }

  /** Values of any type; ids without one are absent. */
  async read(type: string, ids: string[]): Promise<Map<string, unknown>> {
    const found = new Map<string, Uint8Array | null>();
    for (const id of ids) {
      const known = this.#newest(type, id);
      if (known !== undefined) found.set(id, known);
    }
    const missing = ids.filter((id) => !found.has(id));
    if (missing.length > 0) await this.#load(type, missing, found);
    const values = new Map<string, unknown>();
    for (const [id, bytes] of found) if (bytes !== null) values.set(id, parseKey(type, bytes));
    return values;
  }

  /** A value of our own; null removes it. */
  write(type: string, id: string, value: object | null): void {
    this.#writer.enqueue({ keys: [{ type, id, value: serialiseKey(value) }] });
  }

  enqueue(data: KeyDataSet): void {
    const keys: KeyChange[] = [];
    const inbox: InboxEntry[] = [];
    for (const [type, values] of Object.entries(data)) {
      if (type === INBOX_ROWS) inbox.push(...Object.values(values as Record<string, InboxEntry>));
      else
        for (const [id, value] of Object.entries(values)) keys.push({ type, id, value: serialiseKey(value) });
    }
    this.#writer.enqueue({ keys, inbox });
  }

  /** The cache follows the store, never leads it. */
  remember(keys: readonly KeyChange[]): void {
    for (const { type, id, value } of keys)
      if (!UNCACHED_TYPES.has(type)) this.#cache.set(cacheKey(type, id), value);
  }

  async #load(type: string, ids: string[], found: Map<string, Uint8Array | null>): Promise<void> {
    // The library takes a failed read of a session for "no session" and would start a new one over it: end here instead.
    const loaded = await this.#store.loadKeys(type, ids).catch((error: unknown) => {
      throw this.#writer.fail(error);
    });
    for (const id of ids) {
      // A commit that ended while we read is newer than what we read.
      const newer = this.#newest(type, id);
      const value = newer === undefined ? (loaded.get(id) ?? null) : newer;
      if (newer === undefined) this.remember([{ type, id, value }]);
      found.set(id, value);
    }
  }

  /** Null: known to be absent; `undefined`: ask the store. */
  #newest(type: string, id: string): Uint8Array | null | undefined {
    const pending = this.#writer.findPending(type, id);
    return pending === undefined
      ? (this.#cache.get(cacheKey(type, id)) as Uint8Array | null | undefined)
      : pending;
  }
}

/** What bytes begin with as {@link BufferJSON} writes them. */
const BYTES_MARK = '{"type":"Buffer"';

const cacheKey = (type: string, id: string): string => `${type}:${id}`;

function serialiseKey(value: unknown): Uint8Array | null {
  return value === null || value === undefined
    ? null
    : Buffer.from(JSON.stringify(value, BufferJSON.replacer), 'utf8');
}

/** Always a fresh object: a decryption that fails half-way must not leave its traces in what others read. */
function parseKey(type: string, bytes: Uint8Array): unknown {
  const text = Buffer.from(bytes).toString('utf8');
  // The reviver looks at every value, and the Signal sessions, which each message reads, hold no bytes: theirs are text.
  const parsed: unknown = text.includes(BYTES_MARK) ? JSON.parse(text, BufferJSON.reviver) : JSON.parse(text);
  return type === 'app-state-sync-key'
    ? proto.Message.AppStateSyncKeyData.fromObject(parsed as object)
    : parsed;
}
