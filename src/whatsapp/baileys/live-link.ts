import type { BinaryNode } from '@whiskeysockets/baileys';
import { chatAddressOf, chatKindOf, toAddress } from '../addresses.js';
import { whatsappErrors } from '../errors.js';
import type { LinkedIdentity, OwnReading } from '../ports.js';
import type { FrozenMessage, SendHooks, SendOutcome, UploadRequest } from '../session.js';
import { Acks } from './acks.js';
import type { AuthState } from './auth-state.js';
import type { BoundedCache } from './bounded-cache.js';
import type { CatchUp } from './catch-up.js';
import { closeFromStoreError } from './close-reasons.js';
import type { InboundStanzas } from './inbound-stanzas.js';
import type { Link } from './link.js';
import { KeysAhead } from './keys-ahead.js';
import { keepAlive } from './liveness.js';
import { downloadMedia } from './media-download.js';
import { uploadMedia } from './media-upload.js';
import { keepMessageOrder } from './message-order.js';
import { Numbers } from './numbers.js';
import type { ObserverQueue } from './observer-queue.js';
import { Outbound } from './outbound.js';
import { learnPushName } from './push-name.js';
import { Quarantine } from './quarantine.js';
import { holdReceipts } from './receipt-order.js';
import { readElsewhere, readReceipt } from './receipts.js';
import { newChatQuotaOf, reachoutLockOf } from './restrictions.js';
import type { Settings } from './settings.js';

interface LiveLinkParts {
  readonly link: Link;
  readonly auth: AuthState;
  readonly inbound: InboundStanzas;
  readonly catchUp: CatchUp;
  readonly observers: ObserverQueue;
  readonly shared: BoundedCache;
  readonly settings: Settings;
}

/** A link that logs in: what comes in is stored before the library answers it, what goes out waits for its ack. */
export class LiveLink {
  readonly #parts: LiveLinkParts;
  readonly #acks: Acks;
  readonly #numbers: Numbers;
  /** Resolves when what had come before is on its way to the store, or settled. */
  readonly #untilTaken: () => Promise<void>;
  #outbound: Outbound | null = null;

  constructor(parts: LiveLinkParts) {
    this.#parts = parts;
    const { link, observers, settings, shared } = parts;
    this.#acks = new Acks(({ whatsappId, errorCode }) => {
      const at = settings.clock.now();
      void observers.tell((observer) => observer.onLateAck({ whatsappId, errorCode, at }));
    });
    this.#numbers = new Numbers(link.socket, shared);
    const { ws, ev, messageMutex } = link.socket;
    // The order is kept by us; under the library's lock each message would wait until the one before it is stored and answered.
    messageMutex.mutex = async (work) => work();
    this.#untilTaken = keepMessageOrder(ws, this.#order());
    ws.prependListener('CB:message', (node: BinaryNode) => this.#onMessage(node));
    holdReceipts(ws, (node) => this.#onReceipt(node));
    ws.on('CB:chatstate', (node: BinaryNode) => this.#onChatState(node));
    ws.on('CB:ack,class:message', (node: BinaryNode) => this.#acks.receive(node));
    ws.on('CB:ib,,offline', () => parts.catchUp.announce());
    ev.on('connection.update', ({ reachoutTimeLock }) => {
      if (reachoutTimeLock === undefined) return;
      const lock = reachoutLockOf(reachoutTimeLock);
      void observers.tell((observer) => observer.onReachoutLock(lock));
    });
    ev.on('message-capping.update', (cap) => {
      const quota = newChatQuotaOf(cap);
      void observers.tell((observer) => observer.onNewChatQuota(quota));
    });
  }

  /** After the login. */
  start(identity: LinkedIdentity): void {
    const { link, settings } = this.#parts;
    this.#outbound = new Outbound(link, identity, this.#numbers, this.#acks, settings);
    this.#parts.catchUp.start();
    this.#watchName(identity.name);
    learnPushName(link, this.#parts.auth, settings);
    void keepAlive(link, settings);
  }

  #order(): Parameters<typeof keepMessageOrder>[1] {
    const { link, auth, inbound, catchUp, observers, settings } = this.#parts;
    const { clock } = settings;
    const { signal, socket } = link;
    return {
      inbound,
      keysAhead: new KeysAhead(auth.keys, (jid) => socket.signalRepository.jidToSignalProtocolAddress(jid)),
      quarantine: new Quarantine(clock, signal, () => {
        void observers.tell((observer) => observer.onMessagesUnreadable());
      }),
      untilCaughtUp: () => catchUp.untilSettled(),
      beforehand: (node) => this.#keepWithheld(node),
      onHeld: (stanza) => catchUp.settled(stanza),
    };
  }

  #watchName(known: string | null): void {
    const { link, auth, observers } = this.#parts;
    let last = known;
    link.socket.ev.on('creds.update', () => {
      const name = auth.identity?.name ?? null;
      if (name === null || name === last) return;
      last = name;
      void observers.tell((observer) => observer.onRenamed(name));
    });
  }

  async send(message: FrozenMessage, hooks: SendHooks): Promise<SendOutcome> {
    if (this.#outbound === null || this.#parts.link.isOver) {
      return { kind: 'NOT_WRITTEN', retryable: true, detail: 'not connected' };
    }
    return this.#outbound.send(message, hooks);
  }

  uploadMedia(request: UploadRequest): Promise<Uint8Array> {
    return uploadMedia(this.#parts.link.socket, request, this.#parts.settings.logger);
  }

  downloadMedia(content: Uint8Array, toPath: string, maxBytes: number): Promise<number> {
    const { mediaHost, mediaCa } = this.#parts.settings;
    return downloadMedia(content, toPath, { maxBytes, mediaHost, mediaCa });
  }

  async findOnWhatsApp(phoneNumber: string): Promise<{ exists: boolean; lid: string | null }> {
    try {
      const { address, lid } = await this.#numbers.find(phoneNumber);
      return { exists: address !== null, lid };
    } catch (cause) {
      throw whatsappErrors.WHATSAPP_UNANSWERED({ cause });
    }
  }

  async setTyping(to: string, typing: boolean): Promise<void> {
    const { socket } = this.#parts.link;
    // WhatsApp shows the typing of those only who are online; and who is online gets no notifications on the phone.
    if (typing) await socket.sendPresenceUpdate('available');
    await socket.sendPresenceUpdate(typing ? 'composing' : 'paused', toAddress(to));
    if (!typing) await socket.sendPresenceUpdate('unavailable');
  }

  async watchTyping(chat: string): Promise<void> {
    await this.#parts.link.socket.presenceSubscribe(toAddress(chat));
  }

  async markRead(chat: string, participant: string | null, whatsappIds: readonly string[]): Promise<void> {
    const remoteJid = chatAddressOf(chat);
    const keys = whatsappIds.map((id) => ({
      remoteJid,
      id,
      fromMe: false,
      ...(participant ? { participant } : {}),
    }));
    await this.#parts.link.socket.readMessages(keys);
  }

  #onMessage(node: BinaryNode): void {
    const { inbound, catchUp } = this.#parts;
    const stanza = inbound.register(node);
    if (stanza !== null && node.attrs.offline !== undefined) catchUp.arrived(stanza);
  }

  /** The library answers a message that WhatsApp withholds from us without asking our store: it gets it when there is a row. */
  async #keepWithheld(node: BinaryNode): Promise<void> {
    const { inbound, auth, link } = this.#parts;
    const row = await inbound.withheldRow(node);
    if (row === null) return;
    try {
      await auth.writer.flush();
      if ((await auth.store.findInbox(row)) !== undefined) return;
      auth.writer.enqueue({ inbox: [row] });
      await auth.writer.flush();
      inbound.stored();
    } catch (error) {
      link.end(closeFromStoreError(error));
      throw error;
    }
  }

  #onChatState({ attrs, content }: BinaryNode): void {
    const [state] = Array.isArray(content) ? content : [];
    if (attrs.from === undefined || state === undefined || chatKindOf(attrs.from) !== 'DIRECT') return;
    const update = { chat: chatAddressOf(attrs.from), typing: state.tag === 'composing' };
    void this.#parts.observers.tell((observer) => observer.onTyping(update));
  }

  /** What the library must wait for before it gets it. */
  #onReceipt(node: BinaryNode): Promise<void> | null {
    const { auth, settings, observers, link } = this.#parts;
    const { identity } = auth;
    if (identity === null) return null;
    const now = settings.clock.now();
    const reading = readElsewhere(node, identity, now);
    if (reading !== null) return this.#tellReading(reading);
    const receipt = readReceipt(node, identity, now);
    if (receipt === null) return null;
    const told = observers.tellReceipt(receipt);
    // As above: WhatsApp is told that we have the receipt after the observer has it.
    link.socket.receiptMutex.mutex(() => told).catch(() => undefined);
    return null;
  }

  /** Behind the messages that it names, which may have come just before. The library must not wait for it: it could be given no message meanwhile. */
  async #tellReading(reading: OwnReading): Promise<void> {
    const { auth, observers } = this.#parts;
    await this.#untilTaken();
    await auth.writer.flush();
    await observers.tell((observer) => observer.onReadElsewhere(reading));
  }
}
