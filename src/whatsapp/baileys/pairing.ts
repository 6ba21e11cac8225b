import { getBinaryNodeChild, getBinaryNodeChildren, type BinaryNode } from '@whiskeysockets/baileys';
import type { PairingRequest } from '../session.js';
import { closeOf } from './close-reasons.js';
import type { Link } from './link.js';
import type { ObserverQueue } from './observer-queue.js';
import type { Settings } from './settings.js';

/** WhatsApp's own: the first QR lives longer than the others. */
const FIRST_QR_MS = 60_000;
const NEXT_QR_MS = 20_000;

/** Shows the codes of one unlinked socket. `firstCode` is aborted when the first is there. */
export class Pairing {
  readonly #link: Link;
  readonly #request: PairingRequest;
  readonly #observers: ObserverQueue;
  readonly #settings: Settings;
  readonly #firstCode = new AbortController();
  #attempt = 0;
  #refs = 0;

  constructor(link: Link, request: PairingRequest, observers: ObserverQueue, settings: Settings) {
    this.#link = link;
    this.#request = request;
    this.#observers = observers;
    this.#settings = settings;
    link.socket.ws.prependListener('CB:iq,type:set,pair-device', (stanza: BinaryNode) => {
      this.#refs = getBinaryNodeChildren(getBinaryNodeChild(stanza, 'pair-device'), 'ref').length;
    });
    link.socket.ev.on('connection.update', ({ qr }) => {
      if (qr !== undefined) this.#onQr(qr);
    });
  }

  get firstCode(): AbortSignal {
    return this.#firstCode.signal;
  }

  #onQr(text: string): void {
    this.#attempt += 1;
    this.#firstCode.abort();
    if (this.#request.method === 'PHONE_CODE') {
      if (this.#attempt === 1) void this.#requestCode();
      return;
    }
    const attempt = this.#attempt;
    const expiresAt = this.#after(this.#lifeOf(attempt));
    void this.#observers.tell((observer) => observer.onQr({ text, expiresAt, attempt }));
  }

  async #requestCode(): Promise<void> {
    try {
      const { phoneNumber } = this.#request;
      if (phoneNumber === undefined) throw new Error('a pairing code needs the phone number');
      const request = this.#link.socket.requestPairingCode(phoneNumber);
      const [code] = await Promise.all([request, this.#codeGranted()]);
      // The code holds as long as the socket that asked for it, which ends with its last QR.
      const lives = Array.from({ length: this.#refs }, (_, index) => this.#lifeOf(index + 1));
      const expiresAt = this.#after(lives.reduce((sum, life) => sum + life, 0));
      void this.#observers.tell((observer) => observer.onPairingCode({ code, expiresAt, attempt: 1 }));
    } catch (error) {
      const detail = error instanceof Error ? error.message : 'the pairing code was refused';
      this.#link.end(closeOf('PAIRING_FAILED', { detail }));
    }
  }

  /** The library does not wait for WhatsApp's answer: before it the code cannot be typed, and it may be a refusal. */
  #codeGranted(): Promise<void> {
    const { ws } = this.#link.socket;
    return new Promise((resolve, reject) => {
      ws.once('CB:iq,,link_code_companion_reg', () => resolve());
      ws.once('CB:iq,type:error', (node: BinaryNode) => {
        const text = getBinaryNodeChild(node, 'error')?.attrs.text ?? 'no reason given';
        reject(new Error(`WhatsApp refused a pairing code: ${text}`));
      });
      const { loginTimeoutMs } = this.#settings.timeouts;
      this.#settings.clock.sleep(loginTimeoutMs, this.#link.signal).then(
        () => reject(new Error('WhatsApp did not answer the request for a pairing code')),
        () => reject(new Error('the connection ended')),
      );
    });
  }

  #lifeOf(attempt: number): number {
    return this.#settings.timeouts.qrTimeoutMs ?? (attempt === 1 ? FIRST_QR_MS : NEXT_QR_MS);
  }

  #after(lifeMs: number): Date {
    return new Date(this.#settings.clock.now().getTime() + lifeMs);
  }
}
