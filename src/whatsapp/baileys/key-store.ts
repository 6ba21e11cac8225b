import {
  BufferJSON,
  proto,
  type SignalDataSet,
  type SignalDataTypeMap,
  type SignalKeyStore,
} from '@whiskeysockets/baileys';
import type { AuthStore, InboxEntry, KeyChange, KeyName, StoredKey } from '../ports.js';
import type { AuthWriter } from './auth-writer.js';
import type { BoundedCache } from './bounded-cache.js';
import { inOwnMemory } from './own-memory.js';

/**
 * A made-up key type: inbox rows ride through the library's key transaction in it, so that they reach the store in the
 * same commit as the ratchet step that decrypted them.
 */
export const INBOX_ROWS = 'trunkline-inbox';

/** Hundreds are made at once and each is read once: they would drive everything else out of the cache. */
const READ_ONCE: ReadonlySet<string> = new Set(['pre-key']);

/** What a transaction may hold besides the library's key types. */
export type KeyDataSet = SignalDataSet & { readonly [INBOX_ROWS]?: Readonly<Record<string, InboxEntry>> };

/** The library's key store over the {@link AuthStore} port: bytes below, the library's objects above. */
export class KeyStore {
  readonly #store: AuthStore;
  readonly #writer: AuthWriter;
  readonly #cache: BoundedCache;
  /** Keys that are being read. */
  readonly #loading = new Map<string, Promise<Uint8Array | null>>();
  /** Those that the next statement reads. */
  #wanted: KeyName[] = [];
  #batch: Promise<ReadonlyMap<string, Uint8Array>> = Promise.resolve(new Map());

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
    const values = new Map<string, unknown>();
    const read = async (id: string): Promise<void> => {
      const bytes = await this.#find({ type, id });
      if (bytes !== null) values.set(id, parseKey(type, bytes));
    };
    await Promise.all(ids.map(read));
    return values;
  }

  /** Reads together what is going to be asked for. */
  prefetch(names: readonly KeyName[]): void {
    for (const name of names) {
      // Whoever needs it is told of a failure.
      if (this.#newest(name) === undefined) this.#load(name, true).catch(() => undefined);
    }
  }

  /** A value of our own; null removes it. */
  write(type: string, id: string, value: object | null): void {
    this.#change([{ type, id, value: serialiseKey(value) }]);
  }

  enqueue(data: KeyDataSet): void {
    const keys: KeyChange[] = [];
    const inbox: InboxEntry[] = [];
    for (const [type, values] of Object.entries(data)) {
      if (type === INBOX_ROWS) inbox.push(...Object.values(values as Record<string, InboxEntry>));
      else
        for (const [id, value] of Object.entries(values)) keys.push({ type, id, value: serialiseKey(value) });
    }
    this.#change(keys, inbox);
  }

  /** The cache follows the store, never leads it. */
  remember(keys: readonly KeyChange[]): void {
    for (const key of keys) {
      if (READ_ONCE.has(key.type)) this.#cache.delete(slotOf(key));
      else this.#keep(slotOf(key), key.value);
    }
  }

  /** The store was asked for these before anything was written, and had some of them. */
  looked(names: readonly KeyName[], found: readonly StoredKey[]): void {
    for (const name of names) this.#cache.set(slotOf(name), null);
    for (const key of found) this.#keep(slotOf(key), key.value);
  }

  #keep(slot: string, value: Uint8Array | null): void {
    this.#cache.set(slot, value === null ? null : inOwnMemory(value));
  }

  /** What is known to be there already is not written again: the library stores the same list of own devices with each login. */
  #change(keys: readonly KeyChange[], inbox: readonly InboxEntry[] = []): void {
    const changed = keys.filter((key) => !isSame(key.value, this.#newest(key)));
    // What is being read of them may be older by now.
    for (const key of changed) this.#loading.delete(slotOf(key));
    if (changed.length + inbox.length > 0) this.#writer.enqueue({ keys: changed, inbox });
  }

  async #find(name: KeyName): Promise<Uint8Array | null> {
    const known = this.#newest(name);
    if (known != null && READ_ONCE.has(name.type)) this.#cache.delete(slotOf(name));
    return known === undefined ? this.#load(name) : known;
  }

  /** What is wanted before the statement leaves is read by it. `isAhead`: it is not asked for yet. */
  #load(name: KeyName, isAhead = false): Promise<Uint8Array | null> {
    const slot = slotOf(name);
    const known = this.#loading.get(slot);
    if (known !== undefined) return known;
    if (this.#wanted.length === 0) this.#batch = Promise.resolve().then(() => this.#loadWanted());
    this.#wanted.push(name);
    const loading = this.#batch.then((found) => {
      // Written meanwhile: what was read may be older.
      if (this.#loading.get(slot) !== loading) return this.#find(name);
      this.#loading.delete(slot);
      const value = found.get(slot) ?? null;
      if (isAhead || !READ_ONCE.has(name.type)) this.#keep(slot, value);
      return value;
    });
    this.#loading.set(slot, loading);
    return loading;
  }

  async #loadWanted(): Promise<ReadonlyMap<string, Uint8Array>> {
    const names = this.#wanted;
    this.#wanted = [];
    // The library takes a failed read of a session for "no session" and would start a new one over it: end here instead.
    const loaded = await this.#store.loadKeys(names).catch((error: unknown) => {
      throw this.#writer.fail(error);
    });
    return new Map(loaded.map((key) => [slotOf(key), key.value]));
  }

  /** Null: known to be absent; `undefined`: ask the store. */
  #newest(name: KeyName): Uint8Array | null | undefined {
    const pending = this.#writer.findPending(name.type, name.id);
    return pending === undefined ? (this.#cache.get(slotOf(name)) as Uint8Array | null | undefined) : pending;
  }
}

/** What bytes begin with as {@link BufferJSON} writes them. */
const BYTES_MARK = '{"type":"Buffer"';

const slotOf = ({ type, id }: KeyName): string => `${type}:${id}`;

function serialiseKey(value: unknown): Uint8Array | null {
  return value === null || value === undefined
    ? null
    : Buffer.from(JSON.stringify(value, BufferJSON.replacer), 'utf8');
}

/** `known` is `undefined` when nothing is known. */
function isSame(value: Uint8Array | null, known: Uint8Array | null | undefined): boolean {
  if (value === null || known === null || known === undefined) return value === known;
  return Buffer.compare(value, known) === 0;
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
