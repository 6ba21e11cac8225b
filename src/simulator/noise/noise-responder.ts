import { aesDecryptGCM, aesEncryptGCM, Curve, hkdf, proto } from '@whiskeysockets/baileys';
import { createHash } from 'node:crypto';
import { randomKeyPair } from '../crypto/key-pair.js';
import { ProtocolError } from '../wire/node.js';
import type { NoiseIdentity } from './certificate-chain.js';

// Exactly 32 bytes, therefore used as it is and not hashed.
const PROTOCOL_NAME = Buffer.from('Noise_XX_25519_AESGCM_SHA256\0\0\0\0');
const NO_DATA = Buffer.alloc(0);

/** What the client proved and said in its last handshake message. */
export interface ClientHello {
  readonly noiseKey: Buffer;
  readonly payload: proto.ClientPayload;
}

/** The responder of WhatsApp's Noise XX handshake, then the transport cipher of the same connection. */
export class NoiseResponder {
  readonly #identity: NoiseIdentity;
  readonly #ephemeral = randomKeyPair();
  #hash: Buffer = PROTOCOL_NAME;
  #salt: Buffer = PROTOCOL_NAME;
  #key: Buffer = PROTOCOL_NAME;
  #counter = 0;
  #transport: { read: DirectionCipher; write: DirectionCipher } | undefined;

  constructor(identity: NoiseIdentity, intro: Buffer) {
    this.#identity = identity;
    this.#mixHash(intro);
  }

  get established(): boolean {
    return this.#transport !== undefined;
  }

  /** Reads the client's ephemeral key and returns our hello with the certificate chain. */
  answer(frame: Buffer, chain: Buffer = this.#identity.chain): Buffer {
    const { clientHello } = proto.HandshakeMessage.decode(frame);
    const theirs = keyOf(clientHello?.ephemeral, 'ephemeral');
    this.#mixHash(theirs);
    this.#mixHash(this.#ephemeral.public);
    this.#mixKey(Curve.sharedKey(this.#ephemeral.private, theirs));
    const encryptedStatic = this.#encrypt(this.#identity.static.public);
    this.#mixKey(Curve.sharedKey(this.#identity.static.private, theirs));
    const payload = this.#encrypt(chain);
    const serverHello = { ephemeral: this.#ephemeral.public, static: encryptedStatic, payload };
    return Buffer.from(proto.HandshakeMessage.encode({ serverHello }).finish());
  }

  /** Reads the client's static key and payload; afterwards `seal` and `open` carry stanzas. */
  finish(frame: Buffer): ClientHello {
    const { clientFinish } = proto.HandshakeMessage.decode(frame);
    if (!clientFinish?.static || !clientFinish.payload) throw new ProtocolError('incomplete clientFinish');
    const noiseKey = this.#decrypt(clientFinish.static);
    this.#mixKey(Curve.sharedKey(this.#ephemeral.private, keyOf(noiseKey, 'static')));
    const payload = proto.ClientPayload.decode(this.#decrypt(clientFinish.payload));
    const [read, write] = halves(NO_DATA, this.#salt);
    this.#transport = { read: new DirectionCipher(read), write: new DirectionCipher(write) };
    return { noiseKey, payload };
  }

  seal(plaintext: Uint8Array): Buffer {
    if (!this.#transport) throw new ProtocolError('the handshake is not finished');
    return this.#transport.write.seal(plaintext);
  }

  open(ciphertext: Uint8Array): Buffer {
    if (!this.#transport) throw new ProtocolError('the handshake is not finished');
    return this.#transport.read.open(ciphertext);
  }

  #mixHash(data: Uint8Array): void {
    this.#hash = createHash('sha256').update(this.#hash).update(data).digest();
  }

  #mixKey(secret: Uint8Array): void {
    [this.#salt, this.#key] = halves(secret, this.#salt);
    this.#counter = 0;
  }

  #encrypt(plaintext: Uint8Array): Buffer {
    const out = aesEncryptGCM(plaintext, this.#key, initializationVector(this.#counter++), this.#hash);
    this.#mixHash(out);
    return out;
  }

  #decrypt(ciphertext: Uint8Array): Buffer {
    const out = aesDecryptGCM(ciphertext, this.#key, initializationVector(this.#counter++), this.#hash);
    this.#mixHash(ciphertext);
    return out;
  }
}

class DirectionCipher {
  readonly #key: Buffer;
  #counter = 0;

  constructor(key: Buffer) {
    this.#key = key;
  }

  seal(plaintext: Uint8Array): Buffer {
    return aesEncryptGCM(plaintext, this.#key, initializationVector(this.#counter++), NO_DATA);
  }

  open(ciphertext: Uint8Array): Buffer {
    return aesDecryptGCM(ciphertext, this.#key, initializationVector(this.#counter++), NO_DATA);
  }
}

function halves(secret: Uint8Array, salt: Buffer): [Buffer, Buffer] {
  const key = Buffer.from(hkdf(Buffer.from(secret), 64, { salt, info: '' }));
  return [key.subarray(0, 32), key.subarray(32)];
}

function initializationVector(counter: number): Buffer {
  const iv = Buffer.alloc(12);
  iv.writeUInt32BE(counter, 8);
  return iv;
}

function keyOf(value: Uint8Array | null | undefined, name: string): Buffer {
  if (value?.length !== 32) throw new ProtocolError(`the ${name} key must have 32 bytes`);
  return Buffer.from(value);
}
