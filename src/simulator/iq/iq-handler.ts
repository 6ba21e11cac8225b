import type { Network } from '../network.js';
import type { LinkedDevice } from '../state/linked-device.js';
import type { Node } from '../wire/node.js';

/** A request that is refused: becomes `<iq type="error">`. */
export class IqError extends Error {
  override readonly name = 'IqError';
  readonly code: number;

  constructor(code: number, text: string) {
    super(text);
    this.code = code;
  }
}

export interface IqContext {
  readonly device: LinkedDevice;
  readonly network: Network;
  /** Takes the device off its account, as if the user had removed it on the phone. */
  readonly unlink: (device: LinkedDevice) => void;
  /** Tells the other devices of the account that a collection of the shared settings has a new version. */
  readonly announceCollection: (device: LinkedDevice, collection: string, version: number) => void;
  /** The device is ready for what waits for it. */
  readonly activate: (device: LinkedDevice) => void;
}

/** Answers one kind of request with the children of its result. */
export type IqHandler = (iq: Node, context: IqContext) => Node[] | Promise<Node[]>;
