import type { DeviceBundle } from '../signal/device-bundle.js';
import type { Node } from '../wire/node.js';

/** A client that is connected but belongs to no account yet. */
export interface Companion {
  readonly noiseKey: Buffer;
  /** Its Signal keys from the registration; they are all it has until it uploads more. */
  readonly bundle: DeviceBundle;
  send(stanza: Node): void;
  /** Sends an iq and resolves with the answer; rejects when the connection closes first. */
  request(iq: Node): Promise<Node>;
  /** Tells it to come back as a linked device. */
  restart(): void;
}

/** Why a phone could not link a device, in the words that the person at the phone would read. */
export class PairingError extends Error {
  override readonly name = 'PairingError';
}
