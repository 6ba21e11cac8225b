import { ProtocolAddress, SessionBuilder, SessionCipher, SessionRecord, type SignalStorage } from 'libsignal';
import { randomKeyPair, seededKeyPair, sign, withKeyType, type KeyPair } from '../crypto/key-pair.js';
import type { SeededRandom } from '../crypto/seeded-random.js';
import { node, unsigned, type Node } from '../wire/node.js';
import type { DeviceBundle, OneTimeKey } from './device-bundle.js';

const SIGNED_PRE_KEY_ID = 1;
const KEY_BUNDLE_TYPE = Buffer.from([5]);

/** The Signal side of one phone: its identity, its pre-keys and a session with every device it talks to. */
export class PhoneKeys {
  readonly identity: KeyPair;
  readonly registrationId: number;
  readonly #signedPreKey: KeyPair;
  #signedPreKeySignature: Buffer | undefined;
  readonly #preKeys = new Map<number, KeyPair>();
  readonly #sessions = new Map<string, SessionRecord>();
  #nextPreKeyId = 1;

  constructor(random: SeededRandom) {
    this.identity = seededKeyPair(random.fork('identity'));
    this.#signedPreKey = seededKeyPair(random.fork('signed-pre-key'));
    this.registrationId = random.fork('registration').integer(1, 16_380);
  }

  /** The `<user>` children of a bundle answer; each call spends a fresh one-time key. */
  bundle(): Node[] {
    const id = this.#nextPreKeyId++;
    const preKey = randomKeyPair();
    this.#preKeys.set(id, preKey);
    // A signature costs 6 ms: phones nobody writes to never pay it.
    this.#signedPreKeySignature ??= sign(this.identity, withKeyType(this.#signedPreKey.public));
    return [
      node('registration', {}, unsigned(this.registrationId, 4)),
      node('type', {}, KEY_BUNDLE_TYPE),
      node('identity', {}, this.identity.public),
      node('skey', {}, [
        node('id', {}, unsigned(SIGNED_PRE_KEY_ID, 3)),
        node('value', {}, this.#signedPreKey.public),
        node('signature', {}, this.#signedPreKeySignature),
      ]),
      node('key', {}, [node('id', {}, unsigned(id, 3)), node('value', {}, preKey.public)]),
    ];
  }

  hasSession(address: string): boolean {
    return this.#sessions.get(address)?.haveOpenSession() ?? false;
  }

  async startSession(address: string, bundle: DeviceBundle, oneTimeKey?: OneTimeKey): Promise<void> {
    const device = {
      registrationId: bundle.registrationId,
      identityKey: withKeyType(bundle.identityKey),
      signedPreKey: {
        keyId: bundle.signedPreKey.id,
        publicKey: withKeyType(bundle.signedPreKey.publicKey),
        signature: bundle.signedPreKey.signature,
      },
      ...(oneTimeKey && { preKey: { keyId: oneTimeKey.id, publicKey: withKeyType(oneTimeKey.publicKey) } }),
    };
    // libsignal takes a bundle without one-time key; only its type does not say so.
    await new SessionBuilder(this.#storage, protocolAddress(address)).initOutgoing(
      device as Parameters<SessionBuilder['initOutgoing']>[0],
    );
  }

  async encrypt(address: string, plaintext: Buffer): Promise<{ type: 'pkmsg' | 'msg'; ciphertext: Buffer }> {
    const { type, body } = await new SessionCipher(this.#storage, protocolAddress(address)).encrypt(
      plaintext,
    );
    return { type: type === 3 ? 'pkmsg' : 'msg', ciphertext: Buffer.from(body, 'binary') };
  }

  async decrypt(address: string, type: string, ciphertext: Buffer): Promise<Buffer> {
    const cipher = new SessionCipher(this.#storage, protocolAddress(address));
    if (type === 'pkmsg') return cipher.decryptPreKeyWhisperMessage(ciphertext);
    if (type === 'msg') return cipher.decryptWhisperMessage(ciphertext);
    throw new Error(`cannot decrypt "${type}"`);
  }

  readonly #storage: SignalStorage = {
    // libsignal changes records before it knows that a message is good: it works on copies.
    loadSession: (id) => {
      const stored = this.#sessions.get(id);
      return Promise.resolve(stored && SessionRecord.deserialize(stored.serialize()));
    },
    storeSession: (id, session) => {
      this.#sessions.set(id, session);
      return Promise.resolve();
    },
    isTrustedIdentity: () => true,
    loadPreKey: (id) => {
      const pair = this.#preKeys.get(Number(id));
      return Promise.resolve(pair && signalPair(pair));
    },
    removePreKey: (id) => {
      this.#preKeys.delete(id);
    },
    loadSignedPreKey: () => signalPair(this.#signedPreKey),
    getOurRegistrationId: () => this.registrationId,
    getOurIdentity: () => signalPair(this.identity),
  };
}

function signalPair(pair: KeyPair): { privKey: Buffer; pubKey: Buffer } {
  return { privKey: pair.private, pubKey: withKeyType(pair.public) };
}

function protocolAddress(address: string): ProtocolAddress {
  const [name = '', device = '0'] = address.split('.');
  return new ProtocolAddress(name, Number(device));
}
