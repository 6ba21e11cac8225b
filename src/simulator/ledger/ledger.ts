import { PATIENCE_MS } from '../patience.js';
import type { ConnectionRecord, LedgerEntry, ReusedKey } from './ledger-entry.js';

export interface SentFilter {
  readonly accountNumber?: string;
  readonly device?: number;
  /** Recipient's number, or the JID of a group. */
  readonly to?: string;
  readonly id?: string;
}

interface KeyUse {
  readonly entry: LedgerEntry;
  readonly digest: string;
}

interface Waiter {
  readonly predicate: (entry: LedgerEntry) => boolean;
  readonly resolve: (entry: LedgerEntry) => void;
}

/** What really reached WhatsApp and what it answered; tests take it as the witness. */
export class Ledger {
  readonly #entries: LedgerEntry[] = [];
  readonly #connections: ConnectionRecord[] = [];
  readonly #keyUses = new Map<string, KeyUse>();
  readonly #reused: ReusedKey[] = [];
  readonly #waiters = new Set<Waiter>();

  /** Every stanza in the order in which it passed. */
  entries(): readonly LedgerEntry[] {
    return this.#entries;
  }

  /**
   * Messages as customers would see them: what the server took from clients, one entry for each
   * (account, recipient, id). Messages of a client to its own phone and refused messages are not among them.
   */
  sent(filter: SentFilter = {}): LedgerEntry[] {
    const seen = new Map<string, LedgerEntry>();
    for (const entry of this.attempts(filter)) {
      if (entry.error !== undefined || entry.to === entry.accountNumber) continue;
      const key = `${entry.accountNumber} ${entry.to ?? entry.peer ?? ''} ${entry.id ?? ''}`;
      if (!seen.has(key)) seen.set(key, entry);
    }
    return [...seen.values()];
  }

  /** Every message stanza that clients wrote, resends and refused ones included. */
  attempts(filter: SentFilter = {}): LedgerEntry[] {
    return this.#entries.filter(
      (entry) =>
        entry.direction === 'in' &&
        entry.tag === 'message' &&
        (filter.accountNumber === undefined || entry.accountNumber === filter.accountNumber) &&
        (filter.device === undefined || entry.device === filter.device) &&
        (filter.id === undefined || entry.id === filter.id) &&
        (filter.to === undefined || entry.to === filter.to || entry.peer === filter.to),
    );
  }

  /** Signal message keys that encrypted more than one plaintext: must stay empty. */
  reusedKeys(): readonly ReusedKey[] {
    return this.#reused;
  }

  /** Logins with the time their socket really closed; see {@link doubleConnections}. */
  connections(filter: { accountNumber?: string; device?: number } = {}): ConnectionRecord[] {
    return this.#connections.filter(
      (each) =>
        (filter.accountNumber === undefined || each.accountNumber === filter.accountNumber) &&
        (filter.device === undefined || each.device === filter.device),
    );
  }

  /** Connections that were still open when the same device logged in again. */
  doubleConnections(): ConnectionRecord[] {
    return this.#connections.filter((each) => each.reason === 'replaced');
  }

  /** Resolves with the first entry, past or future, that satisfies the predicate. */
  waitFor(predicate: (entry: LedgerEntry) => boolean, timeoutMs = PATIENCE_MS): Promise<LedgerEntry> {
    const known = this.#entries.find(predicate);
    if (known) return Promise.resolve(known);
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        predicate,
        resolve: (entry) => {
          clearTimeout(timer);
          this.#waiters.delete(waiter);
          resolve(entry);
        },
      };
      const timer = setTimeout(() => {
        this.#waiters.delete(waiter);
        reject(new Error(`no such stanza within ${String(timeoutMs)} ms`));
      }, timeoutMs);
      this.#waiters.add(waiter);
    });
  }

  record(fields: Omit<LedgerEntry, 'sequence' | 'at'>): LedgerEntry {
    const entry: LedgerEntry = { ...fields, sequence: this.#entries.length, at: Date.now() };
    this.#entries.push(entry);
    if (entry.direction === 'in') this.#recordKeys(entry);
    this.recheck(entry);
    return entry;
  }

  /** Shows a changed entry to those who wait. */
  recheck(entry: LedgerEntry): void {
    for (const waiter of [...this.#waiters]) if (waiter.predicate(entry)) waiter.resolve(entry);
  }

  opened(connection: number, accountNumber: string, device: number): ConnectionRecord {
    const record: ConnectionRecord = { connection, accountNumber, device, openedAt: Date.now() };
    this.#connections.push(record);
    return record;
  }

  /** Forgets the stanzas (not the connections), so that a long run does not grow without bound. */
  forget(): void {
    this.#entries.length = 0;
  }

  #recordKeys(entry: LedgerEntry): void {
    for (const { recipientJid, chain, counter, digest } of entry.encs) {
      if (chain === '') continue;
      const { accountNumber, device } = entry;
      const key = `${accountNumber} ${String(device)} ${chain} ${String(counter)}`;
      const earlier = this.#keyUses.get(key);
      if (!earlier) this.#keyUses.set(key, { entry, digest });
      else if (earlier.digest !== digest) {
        const messageIds = [earlier.entry.id ?? '', entry.id ?? ''];
        this.#reused.push({ accountNumber, device, recipientJid, chain, counter, messageIds });
      }
    }
  }
}
