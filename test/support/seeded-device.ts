import { expect } from 'vitest';
import type { LinkedDevice, Phone } from '../../src/simulator/index.js';
import type { ApiClient } from './api-client.js';
import { succeeds } from './eventually.js';
import type { SeededSubaccount } from './seed.js';
import type { Stream } from './stream.js';

export interface Pairing {
  readonly method: string;
  readonly state: string;
  readonly qr: string | null;
  readonly qrImage: string | null;
  readonly code: string | null;
  readonly expiresAt: string | null;
  readonly attempt: number;
  readonly failure: string | null;
}

export interface ApiMessage {
  readonly id: string;
  readonly direction: string;
  readonly kind: string;
  readonly status: string;
  readonly text: string | null;
  readonly whatsappId: string | null;
  readonly failure: { readonly code: string; readonly detail: string | null } | null;
  readonly media: {
    readonly state: string;
    readonly url: string | null;
    readonly mimeType: string | null;
    readonly fileName: string | null;
    readonly sizeBytes: number | null;
  } | null;
  readonly targetId: string | null;
  readonly editedAt: string | null;
  readonly deletedAt: string | null;
  readonly author: string | null;
  readonly conversation: {
    readonly id: string;
    readonly kind: string;
    readonly contact: {
      readonly id: string;
      readonly name: string | null;
      readonly phoneNumber: string | null;
    } | null;
  };
}

const PAIRING = 'method state qr qrImage code expiresAt attempt failure';
const MESSAGE = `id direction kind status text whatsappId failure { code detail }
  media { state url mimeType fileName sizeBytes } targetId editedAt deletedAt author
  conversation { id kind contact { id name phoneNumber } }`;

/** A device in a subaccount, and the phone that pairs with it. */
export class SeededDevice {
  readonly id: string;
  readonly token: string;
  readonly subaccount: SeededSubaccount;
  readonly phone: Phone;

  constructor(subaccount: SeededSubaccount, id: string, token: string, phone: Phone) {
    this.subaccount = subaccount;
    this.id = id;
    this.token = token;
    this.phone = phone;
  }

  get api(): ApiClient {
    return this.subaccount.api;
  }

  /** The link on the phone; throws when there is not exactly one. */
  get link(): LinkedDevice {
    const [link, ...others] = this.phone.devices;
    if (link === undefined || others.length > 0) throw new Error('the phone has not one linked device');
    return link;
  }

  async read<T>(selection: string): Promise<T> {
    const query = `query ($id: ID!) { device(id: $id) { ${selection} } }`;
    return (await this.api.ask<{ device: T }>(query, { id: this.id })).device;
  }

  async status(): Promise<string> {
    return (await this.read<{ status: string }>('status')).status;
  }

  /** Waits until the device is so. */
  async becomes(status: string): Promise<void> {
    await succeeds(async () => expect(await this.status()).toBe(status));
  }

  /** A mutation whose input names this device alone. */
  async do(mutation: string, input: Readonly<Record<string, unknown>> = {}): Promise<void> {
    await this.api.mutate(mutation, { deviceId: this.id, ...input }, '__typename');
  }

  /** The status says so before its connection has ended; what comes meanwhile still reaches it. */
  async suspend(reason = 'a pause'): Promise<void> {
    await this.do('suspendDevice', { reason });
    await this.becomes('SUSPENDED');
    await succeeds(() => {
      expect(this.link.connected).toBe(false);
    });
  }

  followPairing(): Stream<Pairing> {
    const query = `subscription ($id: ID!) { devicePairing(deviceId: $id) { ${PAIRING} } }`;
    return this.api.follow('devicePairing', query, { id: this.id });
  }

  /** Starts a pairing; resolves with its first QR text. */
  async showQr(): Promise<string> {
    await this.do('pairDevice');
    const pairing = this.followPairing();
    const { qr } = await pairing.first((each) => each.qr !== null);
    pairing.stop();
    return qr ?? '';
  }

  /** Pairs by QR with its phone and logs in; the account's name, which arrives a little later, is the last that happens by itself. */
  async connect(): Promise<void> {
    await this.phone.scan(await this.showQr());
    await this.becomes('CONNECTED');
    await succeeds(async () => {
      expect((await this.read<{ profileName: string | null }>('profileName')).profileName).not.toBeNull();
    });
  }

  async send(input: Readonly<Record<string, unknown>>): Promise<ApiMessage> {
    const { message } = await this.api.mutate<{ message: ApiMessage }>(
      'sendMessage',
      { deviceId: this.id, ...input },
      `message { ${MESSAGE} }`,
    );
    return message;
  }

  async message(id: string): Promise<ApiMessage> {
    const query = `query ($id: ID!) { message(id: $id) { ${MESSAGE} } }`;
    return (await this.api.ask<{ message: ApiMessage }>(query, { id })).message;
  }

  /** Waits until a message is so, and reads it. */
  async messageBecomes(id: string, status: string): Promise<ApiMessage> {
    return succeeds(async () => {
      const message = await this.message(id);
      expect(message.status).toBe(status);
      return message;
    });
  }

  /** Its messages, newest first. */
  async messages(): Promise<readonly ApiMessage[]> {
    const list = await this.read<{ messages: { nodes: ApiMessage[] } }>(
      `messages(first: 50) { nodes { ${MESSAGE} } }`,
    );
    return list.messages.nodes;
  }

  /** Waits for a message with this text. */
  async messageWith(text: string): Promise<ApiMessage> {
    return this.messageThat((each) => each.text === text);
  }

  /** Waits for a message of which this is true. */
  messageThat(matches: (message: ApiMessage) => boolean): Promise<ApiMessage> {
    return succeeds(async () => {
      const messages = await this.messages();
      const found = messages.find(matches);
      if (found === undefined) throw new Error(`there are only ${JSON.stringify(messages)}`);
      return found;
    });
  }
}
