import { randomBytes } from 'node:crypto';
import type { proto } from '@whiskeysockets/baileys';
import { Mutex } from 'async-mutex';
import type { MediaServer } from '../media/media-server.js';
import type { DeviceRegistry } from '../messaging/device-registry.js';
import { PATIENCE_MS } from '../patience.js';
import type { PairingDesk } from '../pairing/pairing-desk.js';
import { SenderKeys } from '../signal/sender-keys.js';
import type { LinkedDevice } from '../state/linked-device.js';
import type {
  DeviceReceipt,
  ObservedPresence,
  OpenedMessage,
  PhonePort,
  SealedMessage,
} from '../state/phone-port.js';
import { node } from '../wire/node.js';
import { sendFirstSync } from './first-sync.js';
import * as content from './message-content.js';
import { downloadMedium, mediaContent, type OutgoingMedium } from './phone-media.js';
import { setNewChatCap, setReachoutTimelock } from './account-restrictions.js';
import type { PhoneCore } from './phone-core.js';
import { PhoneReceiver, type ReceivingHabits } from './phone-receiver.js';
import { PhoneSender, type SendOptions } from './phone-sender.js';
import {
  sendCall,
  sendGroupMessage,
  sendNewsletterPost,
  sendStatusPost,
  type IncomingCall,
} from './phone-broadcasts.js';
import type { ReceivedMessage } from './received-message.js';
import { showMessage, type ShownMessage } from './shown-message.js';
import { replyBehaviourSchema, type ReplyBehaviour, type ReplyRule } from './reply-behaviour.js';

export interface PhoneHabits {
  readonly replies?: ReplyBehaviour;
  /** After the server took the message; null: never by itself. Default: the simulator's. */
  readonly readAfterMs?: number | null;
  readonly online?: boolean;
}

/** What a phone needs from the server around it. */
export interface PhoneServices {
  readonly core: Omit<PhoneCore, 'signalMutex' | 'senderKeys'>;
  readonly desk: PairingDesk;
  readonly registry: DeviceRegistry;
  readonly media: MediaServer;
}

/** Names a message for a reaction, an edit or a deletion. */
export interface TargetMessage {
  readonly id: string;
  /** true: the phone's own message; false (default): one it got. */
  readonly own?: boolean;
}

/** A WhatsApp account with the phone in its owner's hand: it scans, writes, reads, answers and can be offline. */
export class Phone implements PhonePort {
  /** Receipts of linked devices that this phone's messages got, newest last. */
  readonly receipts: {
    readonly id: string;
    readonly type: string;
    readonly from: string;
    readonly at: number;
  }[] = [];
  /** Typing and recording that others showed to this phone. */
  readonly observed: ObservedPresence[] = [];
  readonly #core: PhoneCore;
  readonly #services: PhoneServices;
  readonly #sender: PhoneSender;
  readonly #receiver: PhoneReceiver;
  readonly #habits: ReceivingHabits;
  #replies: ReplyRule | undefined;

  constructor(services: PhoneServices, habits: PhoneHabits = {}) {
    this.#services = services;
    const senderKeys = new SenderKeys(services.core.account.lid);
    this.#core = { ...services.core, senderKeys, signalMutex: new Mutex() };
    const { readAfterMs: usual } = this.#core.network.settings.receipts;
    this.#habits = {
      online: habits.online ?? true,
      readAfterMs: habits.readAfterMs === undefined ? usual : habits.readAfterMs,
      onReceived: (message) => {
        this.#reply(message);
      },
    };
    this.#sender = new PhoneSender(this.#core);
    this.#receiver = new PhoneReceiver(this.#core, this.#habits);
    this.setReplies(habits.replies);
    this.#core.account.attachPhone(this);
  }

  get number(): string {
    return this.#core.account.number;
  }

  get lid(): string {
    return this.#core.account.lid;
  }

  get name(): string {
    return this.#core.account.profile.name;
  }

  get business(): boolean {
    return this.#core.account.profile.business;
  }

  get online(): boolean {
    return this.#habits.online;
  }

  get devices(): LinkedDevice[] {
    return this.#core.account.devices;
  }

  /** What this phone decrypted, each message once. */
  get inbox(): readonly ReceivedMessage[] {
    return this.#receiver.inbox.messages;
  }

  /** What the account's linked devices sent, as this phone learned of it. */
  get ownMessages(): readonly ReceivedMessage[] {
    return this.#receiver.ownMessages.messages;
  }

  /** Scans a QR text. Resolves when the client has signed and was told to restart. @throws PairingError */
  scan(qrText: string): Promise<LinkedDevice> {
    return this.#services.desk.linkByQr(this.#core.account, qrText);
  }

  /** Resolves when a client has asked for a pairing code for this number. */
  codeRequested(timeoutMs = PATIENCE_MS): Promise<void> {
    return this.#services.desk.codeRequested(this.number, timeoutMs);
  }

  /** Types a pairing code. @throws PairingError when it is wrong or nobody asked for one */
  enterCode(code: string): Promise<LinkedDevice> {
    return this.#services.desk.linkByCode(this.#core.account, code);
  }

  /** Removes a linked device: its client gets 401 `device_removed`. */
  unlink(device: LinkedDevice): void {
    this.#services.registry.remove(device);
  }

  /** WhatsApp bans the account: its devices are thrown out and refused with 403; `false` lifts it. */
  setBanned(banned: boolean): void {
    this.#core.account.banned = banned;
    if (banned) for (const device of this.devices) device.disrupt({ kind: 'streamError', code: '403' });
  }

  /** WhatsApp locks the account from writing to strangers (their messages are refused with 463); null lifts it. */
  setReachoutTimelock(lock: { endsInSeconds: number; type?: string } | null): void {
    setReachoutTimelock(this.#core, lock);
  }

  /** WhatsApp says how many new chats the account may begin, in its own words. */
  setNewChatCap(info: Record<string, unknown>): void {
    setNewChatCap(this.#core, info);
  }

  goOffline(): void {
    this.#habits.online = false;
  }

  /** What came in the meantime is decrypted and answered with receipts now. */
  goOnline(): void {
    this.#habits.online = true;
    this.#receiver.resume();
  }

  setReadAfter(readAfterMs: number | null): void {
    this.#habits.readAfterMs = readAfterMs;
  }

  /** @throws ZodError */
  setReplies(replies: ReplyBehaviour | undefined): void {
    this.#replies = replies && replyBehaviourSchema.parse(replies);
  }

  sendText(toNumber: string, text: string, options: SendOptions = {}): Promise<{ id: string }> {
    return this.sendContent(toNumber, content.textContent(text), 'text', options);
  }

  sendMedia(toNumber: string, medium: OutgoingMedium, options: SendOptions = {}): Promise<{ id: string }> {
    return this.sendContent(toNumber, mediaContent(this.#services.media, medium), 'media', options);
  }

  sendReaction(toNumber: string, to: TargetMessage, emoji: string): Promise<{ id: string }> {
    return this.sendContent(toNumber, content.reactionContent(this.#reference(to), emoji), 'reaction');
  }

  /** Answers a message that this phone got or, with `own`, that it wrote. */
  sendReply(
    toNumber: string,
    quoted: TargetMessage & { readonly text: string },
    text: string,
  ): Promise<{ id: string }> {
    const author = quoted.own === true ? this.#core.account : this.#core.network.directory.byNumber(toNumber);
    const authorJid = author?.address('pn') ?? '';
    const { id, text: words } = quoted;
    return this.sendContent(toNumber, content.replyContent({ id, authorJid, text: words }, text));
  }

  sendEdit(toNumber: string, id: string, text: string): Promise<{ id: string }> {
    return this.sendContent(toNumber, content.editContent(this.#reference({ id, own: true }), text), 'text');
  }

  /** Deletes for everyone. */
  sendDeletion(toNumber: string, id: string): Promise<{ id: string }> {
    return this.sendContent(toNumber, content.deletionContent(this.#reference({ id, own: true })), 'text');
  }

  sendLocation(toNumber: string, latitude: number, longitude: number, name = ''): Promise<{ id: string }> {
    return this.sendContent(toNumber, content.locationContent(latitude, longitude, name), 'media');
  }

  sendContact(toNumber: string, displayName: string, number: string): Promise<{ id: string }> {
    return this.sendContent(toNumber, content.contactContent(displayName, number), 'media');
  }

  sendPoll(toNumber: string, question: string, options: readonly string[]): Promise<{ id: string }> {
    return this.sendContent(toNumber, content.pollContent(question, options, randomBytes(32)), 'poll');
  }

  /** Anything that `proto.Message` can say. Reaches the recipient's devices and the own ones. */
  async sendContent(
    toNumber: string,
    message: proto.IMessage,
    type = 'text',
    options: SendOptions = {},
  ): Promise<{ id: string }> {
    const account = this.#core.network.directory.byNumber(toNumber);
    if (!account) throw new Error('the recipient has no account here');
    return { id: await this.#sender.send(account, message, type, options) };
  }

  /** The owner writes on the phone itself: own companions learn of it as a device-sent message. */
  typeOnPhone(toNumber: string, text: string): Promise<{ id: string }> {
    return this.sendText(toNumber, text);
  }

  /** A post that its contacts see for a day. */
  sendStatus(toNumber: string, text: string): Promise<{ id: string }> {
    return sendStatusPost(this.#core, this.#sender, toNumber, content.textContent(text));
  }

  sendGroupText(groupJid: string, text: string): Promise<{ id: string }> {
    return sendGroupMessage(this.#core, this.#sender, groupJid, content.textContent(text));
  }

  /** A post of a channel that the recipient follows; channels are not encrypted. */
  sendNewsletter(toNumber: string, newsletterJid: string, text: string): Promise<{ id: string }> {
    return Promise.resolve(
      sendNewsletterPost(this.#core, toNumber, newsletterJid, content.textContent(text)),
    );
  }

  /** Rings; `hangUp` of the result ends it. */
  call(toNumber: string, options: { video?: boolean; hangUpAfterMs?: number } = {}): IncomingCall {
    const call = sendCall(this.#core, toNumber, options.video ?? false);
    if (options.hangUpAfterMs !== undefined)
      this.#core.network.timers.after(options.hangUpAfterMs, call.hangUp);
    return call;
  }

  /** The encrypted file of a received medium, opened and checked. */
  download(message: ReceivedMessage): Buffer {
    return downloadMedium(this.#services.media, message.proto);
  }

  /** Sends a read receipt now. @returns false when no linked device sent such a message */
  markRead(id: string): boolean {
    return this.#receiver.markRead(id);
  }

  /** The owner opens a chat on the phone itself. @returns the ids of what was new there */
  readChat(number: string): string[] {
    return this.#receiver.readChat(number);
  }

  markPlayed(id: string): boolean {
    return this.#receiver.markRead(id, 'played');
  }

  setTyping(toNumber: string, typing: boolean): void {
    const recipient = this.#core.network.directory.byNumber(toNumber);
    const state = node(typing ? 'composing' : 'paused');
    for (const device of recipient?.devices ?? []) {
      this.#core.office.transmit(
        device,
        node('chatstate', { from: this.#core.account.address('pn') }, [state]),
      );
    }
  }

  /** A received message with all that was done to it since; undefined before it is there. */
  shown(id: string): ShownMessage | undefined {
    const message = this.inbox.find((each) => each.id === id);
    return message && showMessage({ id, author: message.from, proto: message.proto }, this.inbox);
  }

  /** What others did to a message that this phone sent. */
  shownOwn(id: string): ShownMessage {
    return showMessage({ id, author: this.number, proto: {} }, this.inbox);
  }

  /** Resolves with the first message, past or future, that satisfies the predicate. */
  waitForMessage(
    predicate: (message: ReceivedMessage) => boolean = () => true,
    timeoutMs = PATIENCE_MS,
  ): Promise<ReceivedMessage> {
    return this.#receiver.inbox.waitFor(predicate, timeoutMs);
  }

  /** The same for what the account's own linked devices sent. */
  waitForOwnMessage(
    predicate: (message: ReceivedMessage) => boolean = () => true,
    timeoutMs = PATIENCE_MS,
  ): Promise<ReceivedMessage> {
    return this.#receiver.ownMessages.waitFor(predicate, timeoutMs);
  }

  receiveMessage(message: SealedMessage): void {
    this.#receiver.receive(message);
  }

  receiveFromPhone(message: OpenedMessage): void {
    this.#receiver.receiveOpened(message);
  }

  receiveReceipt(receipt: DeviceReceipt): void {
    const { type = 'delivered', ids, from } = receipt;
    for (const id of ids) this.receipts.push({ id, type, from: from.account.number, at: Date.now() });
    if (type === 'retry') this.#sender.resend(receipt).catch(this.#core.network.report);
  }

  observe(presence: ObservedPresence): void {
    this.observed.push(presence);
  }

  welcome(device: LinkedDevice): void {
    sendFirstSync(this.#core, this.#sender, device).catch(this.#core.network.report);
  }

  #reference({ id, own = false }: TargetMessage): content.MessageReference {
    return { id, chatJid: this.#core.account.address('pn'), fromMe: own };
  }

  #reply(message: ReceivedMessage): void {
    const rule = this.#replies;
    const text = rule?.echo ? message.text : rule?.text;
    if (!rule || !text) return;
    const { timers, report } = this.#core.network;
    timers.after(rule.afterMs, () => {
      if (rule.typingMs > 0) this.setTyping(message.from, true);
      timers.after(rule.typingMs, () => {
        this.sendText(message.from, text).catch(report);
      });
    });
  }
}
