import { AsyncLocalStorage } from 'node:async_hooks';
import type { SignalDataTypeMap, SignalKeyStore } from '@whiskeysockets/baileys';
import type { WebSocket } from 'ws';
import { phoneOf, lidOf } from '../addresses.js';
import type { LinkedIdentity } from '../ports.js';
import type { SendHooks } from '../session.js';
import { deferred, type Deferred } from './deferred.js';

type Phase = 'PREPARING' | 'READY' | 'WRITTEN';

const running = new AsyncLocalStorage<OutgoingStanza>();

/** The stanza that the running code prepares, if any. */
export function currentStanza(): OutgoingStanza | undefined {
  return running.getStore();
}

/** One message on its way through the library to the socket. */
export class OutgoingStanza {
  readonly #own: LinkedIdentity;
  readonly #toSelf: boolean;
  readonly #hooks: SendHooks;
  readonly #written: Deferred<void> = deferred();
  #phase: Phase = 'PREPARING';
  #readers = 0;
  #abandoned = false;
  #isIntentTaken = false;
  readonly #durable: Promise<void>[] = [];

  constructor(address: string, own: LinkedIdentity, hooks: SendHooks) {
    this.#own = own;
    this.#toSelf = this.#isOwn(address);
    this.#hooks = hooks;
    this.#written.promise.catch(() => undefined);
  }

  /** Resolves when the socket has taken the stanza. */
  get written(): Promise<void> {
    return this.#written.promise;
  }

  /** True from the moment the stanza went to the socket: from then on it may arrive. */
  get wasWritten(): boolean {
    return this.#phase === 'WRITTEN';
  }

  run<T>(work: () => Promise<T>): Promise<T> {
    return running.run(this, work);
  }

  /** Nobody waits for it any more: it must not reach the socket. */
  abandon(): void {
    this.#abandoned = true;
  }

  /** Once, for the first who asks. */
  takeIntent(): object | undefined {
    const { intent } = this.#hooks;
    const isTaken = this.#isIntentTaken;
    this.#isIntentTaken = true;
    return isTaken ? undefined : intent;
  }

  /** `durable`: when the step that made the ciphertext is. It does not leave before. */
  encryptedFor(address: string, durable: Promise<void>): void {
    durable.catch(() => undefined);
    this.#durable.push(durable);
    if (this.#toSelf || !this.#isOwn(address)) this.#readers += 1;
  }

  /** Called once, after the last encryption and before the stanza is written. */
  async beforeWire(): Promise<void> {
    if (this.#phase !== 'PREPARING') return;
    // The library drops recipients that it cannot encrypt for and would send the rest: the copy for our own phone.
    if (this.#readers === 0 && !this.#toSelf) throw new Error('the recipient has no device to encrypt for');
    await Promise.all(this.#durable);
    await this.#hooks.beforeWire?.();
    if (this.#abandoned) throw new Error('the session ended before the message was written');
    this.#phase = 'READY';
  }

  /** The socket is about to take a frame of this stanza's call chain; after {@link beforeWire} that is the stanza. */
  takeFrame(): ((error?: Error | null) => void) | null {
    if (this.#phase !== 'READY') return null;
    this.#phase = 'WRITTEN';
    return (error) => (error ? this.#written.reject(error) : this.#written.resolve());
  }

  #isOwn(address: string): boolean {
    const lid = lidOf(address);
    return phoneOf(address) === this.#own.phoneNumber || (lid !== null && lid === this.#own.lid);
  }
}

/**
 * The library looks up the recipient's privacy token as its last step before it writes a message to a person: everything is
 * encrypted, and nothing but synchronous code follows. That makes it the place to wait until what was used up for it is durable.
 */
export function holdBeforeWire(keys: SignalKeyStore): SignalKeyStore {
  return {
    ...keys,
    get: async <T extends keyof SignalDataTypeMap>(type: T, ids: string[]) => {
      if (type === 'tctoken') await currentStanza()?.beforeWire();
      return keys.get(type, ids);
    },
  };
}

/** Tells a stanza when the socket takes it. The library writes in the same turn and call chain in which it was let go. */
export function watchWrites(socket: WebSocket): void {
  const send = socket.send.bind(socket);
  const watched = (data: Parameters<WebSocket['send']>[0], done?: (error?: Error) => void): void => {
    const taken = currentStanza()?.takeFrame() ?? null;
    send(data, (error) => {
      taken?.(error);
      done?.(error);
    });
  };
  Object.defineProperty(socket, 'send', { value: watched });
}
