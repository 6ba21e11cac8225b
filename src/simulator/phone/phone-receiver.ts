import { proto } from '@whiskeysockets/baileys';
import { unpad } from '../signal/padding.js';
import type { OpenedMessage, SealedMessage } from '../state/phone-port.js';
import { node, unixSeconds, unsigned } from '../wire/node.js';
import { Inbox } from './inbox.js';
import { textOf } from './message-content.js';
import type { PhoneCore } from './phone-core.js';
import type { ReceivedMessage } from './received-message.js';

const MAX_RETRY_REQUESTS = 5;

export interface ReceivingHabits {
  online: boolean;
  readAfterMs: number | null;
  readonly onReceived: (message: ReceivedMessage) => void;
}

/** Decrypts what comes to a phone, answers with receipts, asks again for what it cannot read. */
export class PhoneReceiver {
  readonly inbox = new Inbox();
  /** Messages that the account's own linked devices sent, as the phone learns of them. */
  readonly ownMessages = new Inbox();
  readonly #core: PhoneCore;
  readonly #habits: ReceivingHabits;
  readonly #waiting: SealedMessage[] = [];
  readonly #origins = new Map<string, SealedMessage>();
  readonly #retries = new Map<string, number>();
  readonly #read = new Set<string>();

  constructor(core: PhoneCore, habits: ReceivingHabits) {
    this.#core = core;
    this.#habits = habits;
  }

  receive(message: SealedMessage): void {
    if (!this.#habits.online) {
      this.#waiting.push(message);
      return;
    }
    this.#core.signalMutex
      .runExclusive(() => this.#open(message))
      .catch((problem: unknown) => {
        this.#core.network.report(problem);
      });
  }

  receiveOpened(message: OpenedMessage): void {
    const { id, from, content, timestamp } = message;
    const received = { id, from, chat: from, text: textOf(content), at: timestamp, proto: content };
    if (this.inbox.add(received)) this.#habits.onReceived({ ...received, copies: 1 });
  }

  /** The phone has a connection again. */
  resume(): void {
    for (const message of this.#waiting.splice(0)) this.receive(message);
  }

  /** @returns false when no linked device of anybody sent a message with this id */
  markRead(id: string, kind: 'read' | 'played' = 'read'): boolean {
    const origin = this.#origins.get(id);
    if (origin) this.#core.receipts.announce(this.#core.account, origin, kind);
    return origin !== undefined;
  }

  /** The owner reads what is new of a chat: senders see it as read, own linked devices learn of it. @returns the ids of those messages */
  readChat(chat: string): string[] {
    const ids = this.inbox.messages
      .filter((each) => each.chat === chat && !this.#read.has(each.id))
      .map((each) => each.id);
    for (const id of ids) {
      this.#read.add(id);
      this.markRead(id);
    }
    const { account, network, receipts } = this.#core;
    const writer = network.directory.byNumber(chat);
    if (writer) receipts.shareReading(account, writer, ids);
    return ids;
  }

  async #open(message: SealedMessage): Promise<void> {
    const subject = {
      number: this.#core.account.number,
      id: message.id,
      recipient: message.sender.account.number,
    };
    let content: proto.IMessage;
    try {
      if (this.#core.network.faults.take('decrypt', subject)) throw new Error('made unreadable by a fault');
      const { signalAddress } = message.sender;
      const padded = await this.#core.account.keys.decrypt(
        signalAddress,
        message.encType,
        message.ciphertext,
      );
      content = proto.Message.decode(unpad(padded));
    } catch {
      message.onOpened(false);
      this.#askAgain(message);
      return;
    }
    message.onOpened(true);
    if (message.category === 'peer') return;
    if (message.sender.account === this.#core.account) this.#keepOwn(message, content);
    else this.#keep(message, content);
  }

  #keep(message: SealedMessage, content: proto.IMessage): void {
    const { id, sender } = message;
    this.#origins.set(id, message);
    const { number } = sender.account;
    const text = textOf(content);
    const received = { id, from: number, chat: number, text, at: message.timestamp, proto: content };
    const isNew = this.inbox.add(received);
    this.#scheduleReceipts(message, isNew);
    if (isNew) this.#habits.onReceived({ ...received, copies: 1 });
  }

  #keepOwn(message: SealedMessage, content: proto.IMessage): void {
    const inner = content.deviceSentMessage?.message ?? content;
    const chat = this.#core.network.directory.byAddress(message.chat)?.number ?? message.chat;
    const { id, timestamp: at } = message;
    this.ownMessages.add({
      id,
      from: this.#core.account.number,
      chat,
      text: textOf(inner),
      at,
      proto: inner,
    });
  }

  #scheduleReceipts(message: SealedMessage, isNew: boolean): void {
    const { network, receipts, account } = this.#core;
    const since = Date.now() - message.timestamp;
    network.timers.after(Math.max(0, network.settings.receipts.deliveredAfterMs - since), () => {
      receipts.announce(account, message, 'delivered');
    });
    const { readAfterMs } = this.#habits;
    if (readAfterMs === null || !isNew) return;
    network.timers.after(Math.max(0, readAfterMs - since), () => {
      receipts.announce(account, message, 'read');
    });
  }

  #askAgain(message: SealedMessage): void {
    const { id, sender, chat } = message;
    const count = (this.#retries.get(id) ?? 0) + 1;
    if (count > MAX_RETRY_REQUESTS) return;
    this.#retries.set(id, count);
    const { keys, number } = this.#core.account;
    const isOwn = sender.account.number === number;
    const addressing = message.addressing;
    const from = this.#core.account.address(addressing);
    const retry = node('retry', { count: String(count), id, t: unixSeconds(), v: '1' });
    const registration = node('registration', {}, unsigned(keys.registrationId, 4));
    const content =
      count > 1 ? [retry, registration, node('keys', {}, keys.bundle().slice(1))] : [retry, registration];
    const attrs = { id, from, type: 'retry', t: unixSeconds(), recipient: isOwn ? chat : undefined };
    this.#core.office.deliver(sender, node('receipt', attrs, content));
  }
}
