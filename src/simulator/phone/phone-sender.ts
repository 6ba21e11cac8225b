import { proto } from '@whiskeysockets/baileys';
import { stanzaId } from '../network.js';
import { DeviceBundle, readSignedPreKey } from '../signal/device-bundle.js';
import { pad } from '../signal/padding.js';
import type { Account } from '../state/account.js';
import type { LinkedDevice } from '../state/linked-device.js';
import type { DeviceReceipt } from '../state/phone-port.js';
import { lidAddress, phoneAddress } from '../wire/address.js';
import { bytes, child, node, unsignedOf, type Node } from '../wire/node.js';
import type { PhoneCore } from './phone-core.js';

const REMEMBERED_MESSAGES = 500;

export interface SendOptions {
  readonly id?: string;
  /** How the recipient's devices see the sender; WhatsApp is moving from numbers (pn) to LIDs. Default pn. */
  readonly addressing?: 'pn' | 'lid';
  /** Milliseconds since the epoch; default now. */
  readonly timestamp?: number;
  /** Leave out the other identity of the sender, as some stanzas of the real server do. */
  readonly withoutAlias?: boolean;
}

/** One stanza to many devices: what is equal for all of them. */
export interface Outgoing {
  readonly content: proto.IMessage;
  readonly attrs: Record<string, string | undefined>;
  /** Further children of the stanza, the same for all devices and for every resend. */
  readonly extra?: readonly Node[];
}

/** Encrypts what a phone sends, for each linked device apart, and answers requests to send again. */
export class PhoneSender {
  readonly #core: PhoneCore;
  readonly #remembered = new Map<string, { device: LinkedDevice; outgoing: Outgoing }>();

  constructor(core: PhoneCore) {
    this.#core = core;
  }

  /** To another person: all devices of the recipient, and the sender's own. */
  async send(to: Account, content: proto.IMessage, type: string, options: SendOptions = {}): Promise<string> {
    const { account } = this.#core;
    const id = options.id ?? `3A${stanzaId()}`;
    const timestamp = options.timestamp ?? Date.now();
    const attrs = { id, t: String(Math.floor(timestamp / 1000)), type, notify: account.profile.name };
    to.acquaintances.add(account.number);
    to.phone.receiveFromPhone({ id, from: account.number, content, timestamp });
    const incoming = { content, attrs: { ...attrs, ...this.#origin(options) }, extra: this.#verifiedName() };
    for (const device of to.devices) await this.#sealAndDeliver(device, incoming);
    await this.#copyToOwnDevices(to, content, attrs, options.addressing ?? 'pn');
    return id;
  }

  /** To one device of the own account, such as keys and history: no chat, nobody else sees it. */
  async sendPeer(device: LinkedDevice, content: proto.IMessage): Promise<void> {
    const t = String(Math.floor(Date.now() / 1000));
    const from = this.#core.account.address('pn');
    const attrs = { id: `3A${stanzaId()}`, t, type: 'text', category: 'peer', from };
    await this.#sealAndDeliver(device, { content, attrs });
  }

  /** The same to many devices under any origin: groups and status posts use it. */
  async sendAs(devices: readonly LinkedDevice[], outgoing: Outgoing): Promise<void> {
    for (const device of devices) await this.#sealAndDeliver(device, outgoing);
  }

  /** A device could not decrypt: a new session, the same message under the same id. */
  async resend(request: DeviceReceipt): Promise<void> {
    const { from: device, stanza } = request;
    const count = Number(child(stanza, 'retry')?.attrs['count'] ?? '1') + 1;
    await this.#core.signalMutex.runExclusive(() => this.#renewSession(device, stanza));
    for (const id of request.ids) {
      const remembered = this.#remembered.get(memoryKey(id, device));
      if (remembered) await this.#sealAndDeliver(device, remembered.outgoing, count);
    }
  }

  #origin(options: SendOptions): Record<string, string | undefined> {
    const { number, lid } = this.#core.account;
    if (options.addressing === 'lid') {
      const senderPn = options.withoutAlias ? undefined : phoneAddress(number);
      return { from: lidAddress(lid), sender_pn: senderPn, addressing_mode: 'lid' };
    }
    return { from: phoneAddress(number), sender_lid: options.withoutAlias ? undefined : lidAddress(lid) };
  }

  #verifiedName(): Node[] {
    const { verifiedName } = this.#core.account.profile;
    if (verifiedName === undefined) return [];
    const details = proto.VerifiedNameCertificate.Details.encode({ verifiedName }).finish();
    return [node('verified_name', {}, proto.VerifiedNameCertificate.encode({ details }).finish())];
  }

  async #copyToOwnDevices(
    to: Account,
    message: proto.IMessage,
    attrs: Record<string, string>,
    addressing: 'pn' | 'lid',
  ): Promise<void> {
    const { account } = this.#core;
    const chat = to.address(addressing);
    const content = { deviceSentMessage: { destinationJid: chat, message } };
    const peer =
      addressing === 'lid'
        ? { peer_recipient_pn: to.address('pn'), addressing_mode: 'lid' }
        : { peer_recipient_lid: to.address('lid') };
    const own = { ...attrs, from: account.address(addressing), recipient: chat, ...peer };
    for (const device of account.devices) await this.#sealAndDeliver(device, { content, attrs: own });
  }

  #sealAndDeliver(device: LinkedDevice, outgoing: Outgoing, count?: number): Promise<void> {
    return this.#core.signalMutex.runExclusive(async () => {
      const { keys } = this.#core.account;
      if (!keys.hasSession(device.signalAddress)) {
        await keys.startSession(device.signalAddress, device.bundle, device.bundle.takeOneTimeKey());
      }
      const plaintext = pad(
        proto.Message.encode(outgoing.content).finish(),
        1 + Math.floor(Math.random() * 16),
      );
      const { type, ciphertext } = await keys.encrypt(device.signalAddress, plaintext);
      const enc = node(
        'enc',
        { v: '2', type, count: count === undefined ? undefined : String(count) },
        ciphertext,
      );
      this.#remember(device, outgoing);
      const stanza = node('message', outgoing.attrs, [enc, ...(outgoing.extra ?? [])]);
      this.#core.office.deliver(device, stanza);
    });
  }

  /** The old session stays readable: what the device wrote before it learned of the new one still comes in. */
  #renewSession(device: LinkedDevice, request: Node): Promise<void> {
    const { keys } = this.#core.account;
    const sent = child(request, 'keys');
    const skey = child(sent, 'skey');
    if (!skey) return keys.startSession(device.signalAddress, device.bundle, device.bundle.takeOneTimeKey());
    const registrationId = unsignedOf(child(request, 'registration'));
    const bundle = new DeviceBundle(registrationId, bytes(child(sent, 'identity')), readSignedPreKey(skey));
    const oneTime = child(sent, 'key');
    const oneTimeKey = oneTime && {
      id: unsignedOf(child(oneTime, 'id')),
      publicKey: bytes(child(oneTime, 'value')),
    };
    return keys.startSession(device.signalAddress, bundle, oneTimeKey);
  }

  #remember(device: LinkedDevice, outgoing: Outgoing): void {
    this.#remembered.set(memoryKey(outgoing.attrs['id'] ?? '', device), { device, outgoing });
    const oldest = this.#remembered.keys().next();
    if (this.#remembered.size > REMEMBERED_MESSAGES && !oldest.done) this.#remembered.delete(oldest.value);
  }
}

function memoryKey(id: string, device: LinkedDevice): string {
  return `${id} ${device.jid}`;
}
