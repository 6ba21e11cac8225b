import { proto } from '@whiskeysockets/baileys';
import { seededKeyPair, sign, type KeyPair } from '../crypto/key-pair.js';
import type { SeededRandom } from '../crypto/seeded-random.js';

const VALID_DAYS = 365;

/** The server's Noise identity with the chain that vouches for it, up to a root of our own. */
export interface NoiseIdentity {
  readonly root: KeyPair;
  readonly static: KeyPair;
  readonly chain: Buffer;
  /** Refused by every client: the intermediate names an issuer that is not the root. */
  readonly foreignChain: Buffer;
}

export function createNoiseIdentity(random: SeededRandom, injectedRoot?: KeyPair): NoiseIdentity {
  const root = injectedRoot ?? seededKeyPair(random.fork('root'));
  const intermediate = seededKeyPair(random.fork('intermediate'));
  const staticPair = seededKeyPair(random.fork('static'));
  const leaf = certificate({ serial: 2, issuerSerial: 1, key: staticPair.public }, intermediate);
  const trusted = certificate({ serial: 1, issuerSerial: 0, key: intermediate.public }, root);
  const foreign = certificate({ serial: 1, issuerSerial: 77, key: intermediate.public }, root);
  return {
    root,
    static: staticPair,
    chain: encodeChain(trusted, leaf),
    foreignChain: encodeChain(foreign, leaf),
  };
}

interface Details {
  readonly serial: number;
  readonly issuerSerial: number;
  readonly key: Buffer;
}

interface Certificate {
  readonly details: Uint8Array;
  readonly signature: Uint8Array;
}

function certificate(fields: Details, issuer: KeyPair): Certificate {
  const now = Math.floor(Date.now() / 1000);
  const notAfter = now + VALID_DAYS * 86_400;
  const details = proto.CertChain.NoiseCertificate.Details.encode({
    ...fields,
    notBefore: now,
    notAfter,
  }).finish();
  return { details, signature: sign(issuer, details) };
}

function encodeChain(intermediate: Certificate, leaf: Certificate): Buffer {
  return Buffer.from(proto.CertChain.encode({ intermediate, leaf }).finish());
}
