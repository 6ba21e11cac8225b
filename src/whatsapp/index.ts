/**
 * WhatsApp in our own words. Owns the live link of one number and nothing else: what must be durable goes through {@link AuthStore},
 * what happened through {@link SessionObserver}. Signal state is durable before a stanza is written; an inbound message is durable
 * before WhatsApp is told that we have it. Only `baileys/` knows the library below.
 */
export * from './addresses.js';
export * from './content.types.js';
export * from './errors.js';
export * from './ports.js';
export * from './session.js';
