import {
  SessionFencedError,
  type AuthCommit,
  type AuthStore,
  type InboxEntry,
  type KeyName,
  type StoredCredentials,
  type StoredKey,
} from '../../../src/whatsapp/index.js';

const slot = (type: string, id: string): string => `${type}:${id}`;

/** The port kept in memory, as a database would: commits are all or nothing, and can be made to fail or hang. */
export class MemoryAuthStore implements AuthStore {
  credentials: Uint8Array | null = null;
  readonly keys = new Map<string, Uint8Array>();
  readonly inbox: InboxEntry[] = [];
  readonly sent = new Map<string, Uint8Array>();
  /** Types of keys that were asked for. */
  readonly reads: string[] = [];
  loads = 0;
  commits = 0;
  erasures = 0;
  /** Called before each commit; what it throws refuses the commit, while it waits the commit hangs. */
  beforeCommit: (commit: AuthCommit) => Promise<void> | void = () => undefined;
  /** Called after each commit is durable and before the caller hears of it. */
  afterCommit: (commit: AuthCommit) => Promise<void> | void = () => undefined;
  failReads = false;
  fenced = false;

  loadCredentials(
    keysFor: (credentials: Uint8Array) => readonly KeyName[],
  ): Promise<StoredCredentials | null> {
    const { credentials } = this;
    return Promise.resolve(
      credentials === null ? null : { credentials, keys: this.#find(keysFor(credentials)) },
    );
  }

  async loadKeys(names: readonly KeyName[]): Promise<readonly StoredKey[]> {
    await Promise.resolve();
    this.loads += 1;
    this.reads.push(...names.map(({ type }) => type));
    if (this.failReads) throw new Error('the database is away');
    return this.#find(names);
  }

  async commit(change: AuthCommit): Promise<void> {
    await this.beforeCommit(change);
    if (this.fenced) throw new SessionFencedError();
    this.commits += 1;
    if (change.credentials !== undefined) this.credentials = change.credentials;
    for (const { type, id, value } of change.keys) {
      if (value === null) this.keys.delete(slot(type, id));
      else this.keys.set(slot(type, id), value);
    }
    for (const entry of change.inbox) this.#put(entry);
    await this.afterCommit(change);
  }

  erase(): Promise<void> {
    this.erasures += 1;
    this.credentials = null;
    this.keys.clear();
    return Promise.resolve();
  }

  findInbox(entry: Pick<InboxEntry, 'whatsappId' | 'chat' | 'participant' | 'fromMe'>) {
    const row = this.inbox[this.#indexOf(entry)];
    return Promise.resolve(row === undefined ? undefined : row.content);
  }

  findSent(whatsappId: string): Promise<Uint8Array | null> {
    return Promise.resolve(this.sent.get(whatsappId) ?? null);
  }

  /** What a new process finds after this one is gone. */
  snapshot(): MemoryAuthStore {
    const copy = new MemoryAuthStore();
    copy.credentials = this.credentials;
    for (const [key, value] of this.keys) copy.keys.set(key, value);
    copy.inbox.push(...this.inbox);
    for (const [id, value] of this.sent) copy.sent.set(id, value);
    return copy;
  }

  #find(names: readonly KeyName[]): StoredKey[] {
    return names.flatMap(({ type, id }) => {
      const value = this.keys.get(slot(type, id));
      return value === undefined ? [] : [{ type, id, value }];
    });
  }

  #put(entry: InboxEntry): void {
    const index = this.#indexOf(entry);
    if (index < 0) this.inbox.push(entry);
    else if (entry.content !== null) this.inbox[index] = entry;
  }

  #indexOf(entry: Pick<InboxEntry, 'whatsappId' | 'chat' | 'participant' | 'fromMe'>): number {
    return this.inbox.findIndex(
      (row) =>
        row.whatsappId === entry.whatsappId &&
        row.chat === entry.chat &&
        row.participant === entry.participant &&
        row.fromMe === entry.fromMe,
    );
  }
}
