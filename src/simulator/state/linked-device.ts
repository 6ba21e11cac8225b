import type { DeviceBundle } from '../signal/device-bundle.js';
import type { Node } from '../wire/node.js';
import type { Account } from './account.js';
import { DeliveryQueue } from './delivery-queue.js';
import type { BreakAction } from '../faults/fault-rule.js';

/** The live connection of a device, as far as the rest of the server needs it. */
export interface DeviceLink {
  readonly number: number;
  send(stanza: Node): void;
  break(action: BreakAction): void;
}

export interface LinkedDeviceFields {
  readonly account: Account;
  readonly id: number;
  readonly noiseKey: Buffer;
  readonly bundle: DeviceBundle;
}

/** A companion of an account. Outlives its connections. */
export class LinkedDevice {
  readonly account: Account;
  readonly id: number;
  readonly keyIndex: number;
  readonly noiseKey: Buffer;
  readonly bundle: DeviceBundle;
  readonly queue = new DeliveryQueue();
  /** The connection that logged in last; undefined while the device is away. */
  link: DeviceLink | undefined;
  /** After catch-up stanzas are written at once, before they only queue. */
  caughtUp = false;
  /** Announced itself `available`. */
  available = false;
  welcomed = false;

  constructor(fields: LinkedDeviceFields) {
    this.account = fields.account;
    this.id = fields.id;
    this.keyIndex = fields.id;
    this.noiseKey = fields.noiseKey;
    this.bundle = fields.bundle;
  }

  get connected(): boolean {
    return this.link !== undefined;
  }

  /** `NUMBER:DEVICE@s.whatsapp.net` */
  get jid(): string {
    return this.account.address('pn', this.id);
  }

  /** Where phones keep the Signal session with this device, whatever the addressing of the chat. */
  get signalAddress(): string {
    return `${this.account.lid}.${String(this.id)}`;
  }

  /**
   * Does something bad to the live connection: close, reset, freeze, garbage, a stream error or stream end.
   * @returns false when the device is not connected
   */
  disrupt(action: BreakAction): boolean {
    if (!this.link) return false;
    this.link.break(action);
    return true;
  }
}
