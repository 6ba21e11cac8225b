import { Curve } from '@whiskeysockets/baileys';
import { wrapRawKeys } from '../../kernel/raw-keys.js';
import { silenceConsoleInfo } from '../../kernel/silence.js';
import type { SessionOptions, WhatsApp, WhatsAppSession } from '../session.js';
import { BoundedCache } from './bounded-cache.js';
import { rememberingGood } from './remembered-signatures.js';
import { BaileysSession } from './session.js';
import { settingsFrom, type Settings, type WhatsAppOptions } from './settings.js';

silenceConsoleInfo();
wrapRawKeys();
// The library's own part for curves, which it hands out to be used and asks by this name.
Curve.verify = rememberingGood(Curve.verify);

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
