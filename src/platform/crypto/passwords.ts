import { randomBytes } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';
import { Semaphore } from 'async-mutex';

/** argon2id with the least parameters that OWASP recommends: 19 MiB, two passes. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
const CURRENT = `$argon2id$v=19$m=${PARAMETERS.memoryCost},t=${PARAMETERS.timeCost},p=${PARAMETERS.parallelism}$`;
/** Each one takes 19 MiB and a thread of the pool: more at once would only be a way to exhaust memory. */
const MAX_PARALLEL = 4;

/** Hashes the passwords of people; one per process. */
export class Passwords {
  readonly #slots = new Semaphore(MAX_PARALLEL);
  readonly #decoy = hash(randomBytes(16), PARAMETERS);

  hash(password: string): Promise<string> {
    return this.#slots.runExclusive(() => hash(password, PARAMETERS));
  }

  /** `stored: null` for an unknown user: false, after the time that a known one takes. */
  verify(password: string, stored: string | null): Promise<boolean> {
    return this.#slots.runExclusive(async () => {
      const matches = await verify(stored ?? (await this.#decoy), password);
      return matches && stored !== null;
    });
  }

  /** Whether a stored hash was made with other parameters; hash again at the next login. */
  needsRehash(stored: string): boolean {
    return !stored.startsWith(CURRENT);
  }
}
