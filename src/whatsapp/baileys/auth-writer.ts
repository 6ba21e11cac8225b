import { setImmediate as nextTurn } from 'node:timers/promises';
import type { AuthCommit, AuthStore, InboxEntry, KeyChange } from '../ports.js';
import { inOwnMemory } from './own-memory.js';

/** A commit of so many received messages waits for no more of them. */
const ENOUGH_MESSAGES = 48;

interface Batch {
  readonly keys: Map<string, KeyChange>;
  readonly inbox: InboxEntry[];
  readonly intents: object[];
  credentials: boolean;
}

const emptyBatch = (): Batch => ({ keys: new Map(), inbox: [], intents: [], credentials: false });
const slotOf = (type: string, id: string): string => `${type}:${id}`;

/**
 * Writes one device's state in order, one commit at a time; what arrives while a commit is on its way joins the next one.
 * A refused commit ends everything: later state was computed from what is not durable now.
 */
export class AuthWriter {
  readonly #store: AuthStore;
  readonly #serialiseCredentials: () => Uint8Array;
  readonly #onCommitted: (commit: AuthCommit) => void;
  readonly #onFailed: (error: unknown) => void;
  #waiting = emptyBatch();
  #onTheWay = emptyBatch();
  #next: Promise<void> | null = null;
  #last: Promise<void> = Promise.resolve();
  #failure: Error | null = null;
  #changeCount = 0;
  #storedCredentials: Uint8Array | null;

  /** `storedCredentials`: as the store has them now. */
  constructor(
    store: AuthStore,
    storedCredentials: Uint8Array | null,
    serialiseCredentials: () => Uint8Array,
    onCommitted: (commit: AuthCommit) => void,
    onFailed: (error: unknown) => void,
  ) {
    this.#store = store;
    this.#storedCredentials = storedCredentials && inOwnMemory(storedCredentials);
    this.#serialiseCredentials = serialiseCredentials;
    this.#onCommitted = onCommitted;
    this.#onFailed = onFailed;
  }

  /** How often something was enqueued. */
  get changeCount(): number {
    return this.#changeCount;
  }

  /** Takes part in the next commit; durable once {@link flush} resolves. */
  enqueue(change: {
    keys?: readonly KeyChange[];
    inbox?: readonly InboxEntry[];
    intents?: readonly object[];
    credentials?: boolean;
  }): void {
    this.#changeCount += 1;
    if (this.#failure !== null) return;
    for (const key of change.keys ?? []) this.#waiting.keys.set(slotOf(key.type, key.id), key);
    this.#waiting.inbox.push(...(change.inbox ?? []));
    this.#waiting.intents.push(...(change.intents ?? []));
    this.#waiting.credentials ||= change.credentials === true;
    this.#schedule();
  }

  /** Resolves when everything enqueued so far is durable; rejects when it never will be. */
  flush(): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    return this.#next ?? this.#last;
  }

  /** The newest value that is not durable yet; `undefined` when there is none. */
  findPending(type: string, id: string): Uint8Array | null | undefined {
    const slot = slotOf(type, id);
    const change = this.#waiting.keys.get(slot) ?? this.#onTheWay.keys.get(slot);
    return change === undefined ? undefined : change.value;
  }

  /** Drops what waits and refuses everything further; a commit on its way is left to the store. */
  stop(): void {
    this.#failure ??= new Error('the session is closed');
    this.#waiting = emptyBatch();
  }

  /** The store cannot be relied on: nothing is written any more, the session ends. */
  fail(error: unknown): Error {
    const first = this.#failure === null;
    this.#failure ??= error instanceof Error ? error : new Error('the store failed');
    if (first) this.#onFailed(error);
    return this.#failure;
  }

  #schedule(): void {
    if (this.#next !== null) return;
    this.#next = this.#last.then(() => this.#gather()).then(() => this.#commit());
    this.#next.catch(() => undefined);
  }

  /**
   * One turn of the event loop gathers the recipients of one message into one commit, a commit on its way what is received meanwhile. While each turn brings
   * more messages, as in a burst, the commit waits for them: a few at a time they would cost more than all of them together.
   */
  async #gather(): Promise<void> {
    let received: number;
    do {
      received = this.#waiting.inbox.length;
      await nextTurn();
    } while (this.#waiting.inbox.length > received && this.#waiting.inbox.length < ENOUGH_MESSAGES);
  }

  async #commit(): Promise<void> {
    this.#last = this.#next ?? this.#last;
    this.#next = null;
    if (this.#failure !== null) throw this.#failure;
    const batch = (this.#onTheWay = this.#waiting);
    this.#waiting = emptyBatch();
    try {
      const commit = this.#commitOf(batch);
      if (commit === null) return;
      await this.#store.commit(commit);
      if (commit.credentials !== undefined) this.#storedCredentials = inOwnMemory(commit.credentials);
      this.#onCommitted(commit);
    } catch (error) {
      throw this.fail(error);
    } finally {
      this.#onTheWay = emptyBatch();
    }
  }

  /** Null when the store has all of it: the library says with each login that the credentials changed, and mostly none of them did. */
  #commitOf({ keys, inbox, intents, credentials: mayDiffer }: Batch): AuthCommit | null {
    const credentials = mayDiffer ? this.#serialiseCredentials() : null;
    const changed = credentials !== null && !isSame(credentials, this.#storedCredentials);
    if (!changed && keys.size + inbox.length + intents.length === 0) return null;
    return { ...(changed && { credentials }), keys: [...keys.values()], inbox, intents };
  }
}

function isSame(one: Uint8Array, other: Uint8Array | null): boolean {
  return other !== null && Buffer.compare(one, other) === 0;
}
