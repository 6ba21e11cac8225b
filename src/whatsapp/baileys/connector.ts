import { wrapRawKeys } from '../../kernel/raw-keys.js';
import { silenceConsoleInfo } from '../../kernel/silence.js';
import type { SessionOptions, WhatsApp, WhatsAppSession } from '../session.js';
import { BoundedCache } from './bounded-cache.js';
import { BaileysSession } from './session.js';
import { settingsFrom, type Settings, type WhatsAppOptions } from './settings.js';

silenceConsoleInfo();
wrapRawKeys();

/** Retry counters, placeholders and known numbers of all sessions of this process together. */
const SHARED_ENTRIES = 20_000;

/** WhatsApp through the Baileys library. */
export class BaileysWhatsApp implements WhatsApp {
  readonly #settings: Settings;
  readonly #shared: BoundedCache;

  constructor(options: WhatsAppOptions) {
    this.#settings = settingsFrom(options);
    this.#shared = new BoundedCache(SHARED_ENTRIES, () => options.clock.monotonicMs());
  }

  open(options: SessionOptions): WhatsAppSession {
    return new BaileysSession(options, this.#settings, this.#shared);
  }
}
