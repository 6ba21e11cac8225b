import type { WASocket } from '@whiskeysockets/baileys';
import { lidOf } from '../addresses.js';
import { whatsappErrors } from '../errors.js';
import type { BoundedCache } from './bounded-cache.js';

const HOUR_MS = 60 * 60_000;
const KNOWN_TTL_MS = 24 * HOUR_MS;
/** People join: a "no" is asked again soon. */
const UNKNOWN_TTL_MS = HOUR_MS / 6;

interface FoundNumber {
  /** The address that WhatsApp knows the number by, which may differ from the digits asked for; null: no account. */
  readonly address: string | null;
  readonly lid: string | null;
}

/** Which numbers have WhatsApp. The answer is the same for everybody, so all sessions of a process share what was learned. */
export class Numbers {
  readonly #socket: WASocket;
  readonly #cache: BoundedCache;

  constructor(socket: WASocket, cache: BoundedCache) {
    this.#socket = socket;
    this.#cache = cache;
  }

  /** Rejects when WhatsApp gives no answer. */
  async find(phoneNumber: string): Promise<FoundNumber> {
    const key = `number:${phoneNumber}`;
    const known = this.#cache.get(key) as FoundNumber | undefined;
    if (known !== undefined) return known;
    const found = await this.#ask(phoneNumber);
    this.#cache.set(key, found, found.address === null ? UNKNOWN_TTL_MS : KNOWN_TTL_MS);
    return found;
  }

  async #ask(phoneNumber: string): Promise<FoundNumber> {
    const results = await this.#socket.onWhatsApp(phoneNumber);
    if (results === undefined) throw whatsappErrors.WHATSAPP_UNANSWERED();
    // A number without an account is missing from the answer.
    const address = results.find((result) => result.exists)?.jid ?? null;
    if (address === null) return { address, lid: null };
    return { address, lid: lidOf(await this.#socket.signalRepository.lidMapping.getLIDForPN(address)) };
  }
}
