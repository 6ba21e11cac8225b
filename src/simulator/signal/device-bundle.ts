import {
  bytes,
  child,
  children,
  node,
  ProtocolError,
  unsigned,
  unsignedOf,
  type Node,
} from '../wire/node.js';

export interface OneTimeKey {
  readonly id: number;
  readonly publicKey: Buffer;
}

export interface SignedPreKey {
  readonly id: number;
  readonly publicKey: Buffer;
  readonly signature: Buffer;
}

/** The public Signal keys that a linked device has put on the server. */
export class DeviceBundle {
  registrationId: number;
  identityKey: Buffer;
  signedPreKey: SignedPreKey;
  readonly #oneTimeKeys: OneTimeKey[] = [];

  constructor(registrationId: number, identityKey: Buffer, signedPreKey: SignedPreKey) {
    this.registrationId = registrationId;
    this.identityKey = identityKey;
    this.signedPreKey = signedPreKey;
  }

  get oneTimeKeyCount(): number {
    return this.#oneTimeKeys.length;
  }

  get oneTimeKeyIds(): number[] {
    return this.#oneTimeKeys.map((key) => key.id);
  }

  /** Each one-time key is handed out once. */
  takeOneTimeKey(): OneTimeKey | undefined {
    return this.#oneTimeKeys.shift();
  }

  /** Takes over `<registration>`, `<identity>`, `<list>` and `<skey>` of an upload. */
  upload(iq: Node): void {
    const identityKey = bytes(child(iq, 'identity'));
    const skey = child(iq, 'skey');
    if (identityKey.length !== 32 || !skey)
      throw new ProtocolError('a key upload needs <identity> and <skey>');
    this.registrationId = unsignedOf(child(iq, 'registration'));
    this.identityKey = identityKey;
    this.signedPreKey = readSignedPreKey(skey);
    for (const key of children(child(iq, 'list'), 'key')) {
      this.#oneTimeKeys.push({ id: unsignedOf(child(key, 'id')), publicKey: bytes(child(key, 'value')) });
    }
  }

  /** The `<user>` children of a bundle answer. */
  toNodes(): Node[] {
    const oneTimeKey = this.takeOneTimeKey();
    const nodes = [
      node('registration', {}, unsigned(this.registrationId, 4)),
      node('type', {}, Buffer.from([5])),
      node('identity', {}, this.identityKey),
      node('skey', {}, [
        node('id', {}, unsigned(this.signedPreKey.id, 3)),
        node('value', {}, this.signedPreKey.publicKey),
        node('signature', {}, this.signedPreKey.signature),
      ]),
    ];
    if (oneTimeKey) {
      const id = node('id', {}, unsigned(oneTimeKey.id, 3));
      nodes.push(node('key', {}, [id, node('value', {}, oneTimeKey.publicKey)]));
    }
    return nodes;
  }
}

export function readSignedPreKey(skey: Node): SignedPreKey {
  return {
    id: unsignedOf(child(skey, 'id')),
    publicKey: bytes(child(skey, 'value')),
    signature: bytes(child(skey, 'signature')),
  };
}
