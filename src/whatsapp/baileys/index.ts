/** The only part that knows the Baileys library; wired by the composition root. */
export { BaileysWhatsApp } from './connector.js';
export { contentCodec } from './content.js';
export { type SessionTimeouts, type WhatsAppOptions } from './settings.js';
