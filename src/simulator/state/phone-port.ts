import type { proto } from '@whiskeysockets/baileys';
import type { Node } from '../wire/node.js';
import type { LinkedDevice } from './linked-device.js';

/** An encrypted message on its way to a phone. */
export interface SealedMessage {
  readonly id: string;
  readonly sender: LinkedDevice;
  /** The chat as the sender addressed it. */
  readonly chat: string;
  readonly addressing: 'pn' | 'lid';
  readonly encType: string;
  readonly ciphertext: Buffer;
  readonly timestamp: number;
  readonly category: string | undefined;
  /** Tells the ledger whether the phone could read it. */
  readonly onOpened: (decrypted: boolean) => void;
}

/** A message between two phones. */
export interface OpenedMessage {
  readonly id: string;
  /** Number of the sender. */
  readonly from: string;
  readonly content: proto.IMessage;
  readonly timestamp: number;
}

/** A receipt of a linked device about messages it got: retry requests and, for observation, the others. */
export interface DeviceReceipt {
  readonly from: LinkedDevice;
  readonly type: string | undefined;
  readonly ids: readonly string[];
  readonly stanza: Node;
}

export interface ObservedPresence {
  /** Number of the account that showed it. */
  readonly from: string;
  readonly state: string;
  readonly at: number;
}

/** What the server knows of a phone. */
export interface PhonePort {
  readonly online: boolean;
  receiveMessage(message: SealedMessage): void;
  /** From another phone: between phones nothing passes that a client could see, so it comes opened. */
  receiveFromPhone(message: OpenedMessage): void;
  receiveReceipt(receipt: DeviceReceipt): void;
  observe(presence: ObservedPresence): void;
  /** The device is linked and has caught up for the first time: keys, history and app state may follow. */
  welcome(device: LinkedDevice): void;
}
