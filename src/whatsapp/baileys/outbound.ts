import type { proto } from '@whiskeysockets/baileys';
import { chatKindOf, toAddress } from '../addresses.js';
import type { LinkedIdentity } from '../ports.js';
import type { FrozenMessage, SendHooks, SendOutcome } from '../session.js';
import type { Ack, Acks } from './acks.js';
import { decodeMessage } from './content.js';
import { editAttributeOf } from './content-encoding.js';
import type { Link } from './link.js';
import type { Numbers } from './numbers.js';
import { OutgoingStanza } from './outgoing-stanza.js';
import type { Settings } from './settings.js';

type NotWritten = Extract<SendOutcome, { kind: 'NOT_WRITTEN' | 'NOT_ON_WHATSAPP' }>;

/** Writes frozen messages and waits for WhatsApp's word on them. */
export class Outbound {
  readonly #link: Link;
  readonly #identity: LinkedIdentity;
  readonly #numbers: Numbers;
  readonly #acks: Acks;
  readonly #settings: Settings;

  constructor(link: Link, identity: LinkedIdentity, numbers: Numbers, acks: Acks, settings: Settings) {
    this.#link = link;
    this.#identity = identity;
    this.#numbers = numbers;
    this.#acks = acks;
    this.#settings = settings;
  }

  async send(message: FrozenMessage, hooks: SendHooks): Promise<SendOutcome> {
    const address = await this.#addressOf(message.to);
    if (typeof address !== 'string') return address;
    if (this.#acks.isWaiting(message.whatsappId)) return notWritten(true, 'the same message is being sent');
    const content = decodeMessage(message.content);
    if (content === null) return notWritten(false, 'the content is not a message');
    const ack = this.#acks.expect(message.whatsappId);
    const stanza = new OutgoingStanza(address, this.#identity, hooks);
    const relay = stanza.run(() => this.#relay(address, content, message.whatsappId));
    const failure = await this.#written(stanza, relay);
    if (failure !== null) {
      this.#acks.giveUp(message.whatsappId, false);
      return failure;
    }
    await hooks.afterWire?.();
    return this.#answer(message.whatsappId, address, ack);
  }

  /**
   * The library lets one message of an account through at a time, by a key transaction around all of it, the wire included. Inside one that it finds open
   * it takes no other. What that guards is guarded by our Signal repository.
   */
  async #relay(address: string, content: proto.IMessage, messageId: string): Promise<void> {
    const { authState, relayMessage } = this.#link.socket;
    const additionalAttributes = editAttributeOf(content);
    await authState.keys.transaction(
      () => relayMessage(address, content, { messageId, additionalAttributes }),
      messageId,
    );
  }

  async #addressOf(to: string): Promise<string | NotWritten> {
    if (to.includes('@')) {
      const kind = chatKindOf(to);
      return kind === 'DIRECT' ? toAddress(to) : notWritten(false, `a ${kind} chat cannot be written to`);
    }
    try {
      const { address } = await this.#numbers.find(to);
      return address ?? { kind: 'NOT_ON_WHATSAPP' };
    } catch (error) {
      return notWritten(true, `the number could not be checked: ${messageOf(error)}`);
    }
  }

  /** Null once the socket has taken the stanza. */
  async #written(stanza: OutgoingStanza, relay: Promise<void>): Promise<NotWritten | null> {
    let detail = 'the library wrote nothing';
    try {
      await Promise.race([stanza.written, relay, this.#over()]);
    } catch (error) {
      detail = messageOf(error);
    }
    // What is left of the library's bookkeeping changes nothing about the message.
    relay.catch(() => undefined);
    if (stanza.wasWritten) return null;
    stanza.abandon();
    return notWritten(true, detail);
  }

  async #answer(whatsappId: string, address: string, ack: Promise<Ack>): Promise<SendOutcome> {
    const { clock, timeouts } = this.#settings;
    const waiting = new AbortController();
    const signal = AbortSignal.any([waiting.signal, this.#link.signal]);
    const tooLate = clock.sleep(timeouts.ackTimeoutMs, signal).then(
      () => null,
      () => null,
    );
    const answer = await Promise.race([ack, tooLate]);
    waiting.abort();
    if (answer === null) {
      this.#acks.giveUp(whatsappId, true);
      return { kind: 'UNANSWERED', address };
    }
    this.#acks.answered(whatsappId);
    const { errorCode } = answer;
    return errorCode === null
      ? { kind: 'ACKED', at: clock.now(), address }
      : { kind: 'REFUSED', code: errorCode, address };
  }

  #over(): Promise<never> {
    return this.#link.ended.then(() => {
      throw new Error('the connection ended before the message was written');
    });
  }
}

function notWritten(retryable: boolean, detail: string): NotWritten {
  return { kind: 'NOT_WRITTEN', retryable, detail };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown failure';
}
