import { createHmac, timingSafeEqual } from 'node:crypto';
import type { MasterKey } from './master-key.js';

export type VerifiedPath =
  | { readonly kind: 'VALID'; readonly path: string }
  | { readonly kind: 'FORGED' }
  | { readonly kind: 'EXPIRED' };

/** Makes links that work without a token until they expire. */
export class PathSigner {
  readonly #key: Buffer;

  constructor(masterKey: MasterKey) {
    this.#key = masterKey.derive('signed paths');
  }

  /** `/media/x` → `/media/x?expires=1795233600&signature=…`. `path` has no query of its own. */
  signPath(path: string, expiresAt: Date): string {
    const expires = String(Math.floor(expiresAt.getTime() / 1_000));
    const query = new URLSearchParams({
      expires,
      signature: this.#sign(path, expires).toString('base64url'),
    });
    return `${path}?${query.toString()}`;
  }

  /** The path of a signed link; whether it has expired is said only of a link that was really signed. */
  verifySignedPath(signed: string, now: Date): VerifiedPath {
    const [path = '', query = ''] = signed.split('?', 2);
    const parameters = new URLSearchParams(query);
    const expires = parameters.get('expires') ?? '';
    const given = Buffer.from(parameters.get('signature') ?? '', 'base64url');
    const expected = this.#sign(path, expires);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return { kind: 'FORGED' };
    return now.getTime() < Number(expires) * 1_000 ? { kind: 'VALID', path } : { kind: 'EXPIRED' };
  }

  #sign(path: string, expires: string): Buffer {
    return createHmac('sha256', this.#key).update(`${expires}\n${path}`).digest();
  }
}
