import { randomBytes } from 'node:crypto';
import {
  aesDecryptCTR,
  aesDecryptGCM,
  aesEncryptCTR,
  Curve,
  derivePairingCodeKey,
  hkdf,
} from '@whiskeysockets/baileys';
import { randomKeyPair, type KeyPair } from '../crypto/key-pair.js';
import { PairingError } from './companion.js';

const SALT_BYTES = 32;
const IV_BYTES = 16;
const BUNDLE_IV_BYTES = 12;
const BUNDLE_INFO = 'link_code_pairing_key_bundle_encryption_key';
const NO_DATA = Buffer.alloc(0);

/** The phone's half of the key exchange behind an eight-letter pairing code. */
export class CodeExchange {
  readonly #ephemeral = randomKeyPair();
  readonly #companionEphemeral: Buffer;
  readonly #code: string;

  private constructor(code: string, companionEphemeral: Buffer) {
    this.#code = code;
    this.#companionEphemeral = companionEphemeral;
  }

  /** A wrong code is not noticed here: it yields a wrong key, and `open` fails. */
  static async begin(code: string, wrappedCompanionKey: Buffer): Promise<CodeExchange> {
    const salt = wrappedCompanionKey.subarray(0, SALT_BYTES);
    const iv = wrappedCompanionKey.subarray(SALT_BYTES, SALT_BYTES + IV_BYTES);
    const key = await derivePairingCodeKey(code, salt);
    return new CodeExchange(
      code,
      aesDecryptCTR(wrappedCompanionKey.subarray(SALT_BYTES + IV_BYTES), key, iv),
    );
  }

  async wrappedPrimaryKey(): Promise<Buffer> {
    const salt = randomBytes(SALT_BYTES);
    const iv = randomBytes(IV_BYTES);
    const key = await derivePairingCodeKey(this.#code, salt);
    return Buffer.concat([salt, iv, aesEncryptCTR(this.#ephemeral.public, key, iv)]);
  }

  /**
   * Opens the companion's key bundle.
   * @returns the secret that seals the device identity
   * @throws PairingError when the code was wrong
   */
  open(bundle: Buffer, account: KeyPair, companionIdentity: Buffer): Buffer {
    const shared = Curve.sharedKey(this.#ephemeral.private, this.#companionEphemeral);
    const salt = bundle.subarray(0, SALT_BYTES);
    const iv = bundle.subarray(SALT_BYTES, SALT_BYTES + BUNDLE_IV_BYTES);
    const key = Buffer.from(hkdf(shared, 32, { salt, info: BUNDLE_INFO }));
    const opened = openSealed(bundle.subarray(SALT_BYTES + BUNDLE_IV_BYTES), key, iv);
    if (
      !opened.subarray(0, 32).equals(companionIdentity) ||
      !opened.subarray(32, 64).equals(account.public)
    ) {
      throw new PairingError('the key bundle is not of this pairing');
    }
    const identityShared = Curve.sharedKey(account.private, companionIdentity);
    const material = Buffer.concat([shared, identityShared, opened.subarray(64)]);
    return Buffer.from(hkdf(material, 32, { info: 'adv_secret' }));
  }
}

function openSealed(sealed: Buffer, key: Buffer, iv: Buffer): Buffer {
  try {
    return aesDecryptGCM(sealed, key, iv, NO_DATA);
  } catch {
    throw new PairingError('wrong code');
  }
}
