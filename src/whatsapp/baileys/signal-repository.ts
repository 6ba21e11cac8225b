import {
  addTransactionCapability,
  DEFAULT_CONNECTION_CONFIG,
  type SignalKeyStoreWithTransaction,
  type SignalRepositoryWithLIDStore,
  type SocketConfig,
} from '@whiskeysockets/baileys';
import { Mutex } from 'async-mutex';
import type { InboxEntry } from '../ports.js';
import type { AuthState } from './auth-state.js';
import type { InboundStanzas, Part } from './inbound-stanzas.js';
import { INBOX_ROWS, type KeyDataSet } from './key-store.js';
import { unpad, withPadding } from './padding.js';
import { currentStanza } from './outgoing-stanza.js';

type MakeSignalRepository = SocketConfig['makeSignalRepository'];

/** One try: a refused commit ends the session, repeating it is the next session's business. */
export const TRANSACTIONS = { maxCommitRetries: 1, delayBetweenTriesMs: 0 };

/**
 * The library's Signal repository with two promises that it does not make:
 * - a ciphertext reaches the wire only after the session that made it is durable, so no crash can use a message key twice;
 * - a plaintext is returned only after ratchet step and inbox row are durable together, and the library tells WhatsApp only after that.
 *
 * It runs on a key transaction of its own: inside the library's, which wraps the writing of the stanza too, nothing would be stored
 * before the wire. One lock for all steps, because a session is known by two addresses (phone and LID), and a step lost to a concurrent
 * one is a key used twice.
 */
export function durableSignalRepository(auth: AuthState, inbound: InboundStanzas): MakeSignalRepository {
  return (signal, logger, findLids) => {
    const keys = addTransactionCapability(auth.keys.deferred(), logger, TRANSACTIONS);
    const inner = DEFAULT_CONNECTION_CONFIG.makeSignalRepository(
      { creds: signal.creds, keys },
      logger,
      findLids,
    );
    const steps = new SignalSteps(auth, inbound, keys);
    return {
      ...inner,
      lidMapping: inner.lidMapping,
      encryptMessage: (options) => steps.encrypt(options.jid, () => inner.encryptMessage(options)),
      encryptGroupMessage: (options) => steps.durably(() => inner.encryptGroupMessage(options)),
      decryptMessage: (options) =>
        steps.open(options.ciphertext, options.jid, () => inner.decryptMessage(options)),
      decryptGroupMessage: (options) =>
        steps.open(options.msg, options.group, () => inner.decryptGroupMessage(options)),
      injectE2ESession: (options) => steps.durably(() => inner.injectE2ESession(options)),
      deleteSession: (jids) => steps.durably(() => inner.deleteSession(jids)),
      migrateSession: (from, to) => steps.durably(() => inner.migrateSession(from, to)),
      processSenderKeyDistributionMessage: (options) =>
        steps.durably(() => inner.processSenderKeyDistributionMessage(options)),
    } satisfies SignalRepositoryWithLIDStore;
  };
}

class SignalSteps {
  readonly #auth: AuthState;
  readonly #inbound: InboundStanzas;
  readonly #keys: SignalKeyStoreWithTransaction;
  readonly #lock = new Mutex();

  constructor(auth: AuthState, inbound: InboundStanzas, keys: SignalKeyStoreWithTransaction) {
    this.#auth = auth;
    this.#inbound = inbound;
    this.#keys = keys;
  }

  async durably<T>(step: () => Promise<T>): Promise<T> {
    const { writer } = this.#auth;
    const { result, isChange } = await this.#lock.runExclusive(async () => {
      const before = writer.changeCount;
      const result = await step();
      return { result, isChange: writer.changeCount > before };
    });
    // A step that changed nothing has nothing of its own to wait for.
    if (isChange) await writer.flush();
    return result;
  }

  /**
   * A stanza of ours waits before the wire, for all its copies at once and beside other stanzas: the library encrypts for one address at a
   * time, so copies for the own phone would be commits one after another. Whatever else is encrypted waits here.
   */
  async encrypt<T>(address: string, step: () => Promise<T>): Promise<T> {
    const stanza = currentStanza();
    if (stanza === undefined) return this.durably(step);
    const sealed = await this.#lock.runExclusive(step);
    const intent = stanza.takeIntent();
    if (intent !== undefined) this.#auth.writer.enqueue({ intents: [intent] });
    stanza.encryptedFor(address, this.#auth.writer.flush());
    return sealed;
  }

  async open(
    ciphertext: Uint8Array,
    address: string,
    decrypt: () => Promise<Uint8Array>,
  ): Promise<Uint8Array> {
    const part = this.#inbound.partOf(ciphertext);
    if (part === undefined) return this.durably(decrypt);
    try {
      return await this.#decryptPart(part, address, decrypt);
    } finally {
      part.stanza.settle(part);
    }
  }

  async #decryptPart(part: Part, address: string, decrypt: () => Promise<Uint8Array>): Promise<Uint8Array> {
    let plaintext: Uint8Array;
    try {
      plaintext = await this.#lock.runExclusive(() =>
        this.#keys.transaction(async () => {
          const opened = await decrypt();
          await this.#addToTransaction(await this.#inbound.rowsOf(part, unpad(opened), address));
          return opened;
        }, address),
      );
    } catch (error) {
      return this.#fromInbox(part, address, error);
    }
    // The next message is decrypted while this one is being stored, and joins the commit after it.
    part.stanza.open(part);
    await this.#auth.writer.flush();
    this.#inbound.stored();
    return plaintext;
  }

  async #addToTransaction(rows: readonly InboxEntry[]): Promise<void> {
    if (rows.length === 0) return;
    const data: KeyDataSet = { [INBOX_ROWS]: Object.fromEntries(rows.entries()) };
    await this.#keys.set(data);
  }

  /** A redelivered message's key is used up, its content is in the inbox; anything else is kept as undecryptable. */
  async #fromInbox(part: Part, address: string, error: unknown): Promise<Uint8Array> {
    const row = await this.#inbound.rowOf(part.stanza, null, address);
    part.stanza.outcome = 'UNREAD';
    if (row === null) throw error;
    // The delivery before this one may still be on its way there.
    await this.#auth.writer.flush();
    const known = await this.#auth.store.findInbox(row).catch((cause: unknown) => {
      throw this.#auth.writer.fail(cause);
    });
    if (known instanceof Uint8Array) {
      part.stanza.outcome = 'READ';
      return withPadding(known);
    }
    if (known === undefined) {
      this.#auth.writer.enqueue({ inbox: [row] });
      await this.#auth.writer.flush();
      this.#inbound.stored();
    }
    throw error;
  }
}
