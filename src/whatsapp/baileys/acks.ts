import type { BinaryNode } from '@whiskeysockets/baileys';

/** Ids that gave up waiting; older ones are forgotten. */
const REMEMBERED_IDS = 500;

export interface Ack {
  readonly whatsappId: string;
  /** Null: WhatsApp has the message. */
  readonly errorCode: number | null;
}

/** WhatsApp's answers to written messages. The library drops the good ones, so they are taken from the raw stanzas. */
export class Acks {
  readonly #waiting = new Map<string, (ack: Ack) => void>();
  readonly #gaveUp = new Set<string>();
  readonly #onLate: (ack: Ack) => void;

  constructor(onLate: (ack: Ack) => void) {
    this.#onLate = onLate;
  }

  /** `<ack class="message" id error?>` */
  receive({ attrs }: BinaryNode): void {
    if (attrs.id === undefined) return;
    const ack = { whatsappId: attrs.id, errorCode: attrs.error === undefined ? null : Number(attrs.error) };
    const waiting = this.#waiting.get(ack.whatsappId);
    if (waiting !== undefined) waiting(ack);
    else if (this.#gaveUp.delete(ack.whatsappId)) this.#onLate(ack);
  }

  isWaiting(whatsappId: string): boolean {
    return this.#waiting.has(whatsappId);
  }

  /** Must be called before the message is written. */
  expect(whatsappId: string): Promise<Ack> {
    this.#gaveUp.delete(whatsappId);
    return new Promise((resolve) => this.#waiting.set(whatsappId, resolve));
  }

  /** `late`: the message was written, so an ack may still come. */
  giveUp(whatsappId: string, late: boolean): void {
    if (!this.#waiting.delete(whatsappId) || !late) return;
    this.#gaveUp.add(whatsappId);
    const [oldest] = this.#gaveUp;
    if (this.#gaveUp.size > REMEMBERED_IDS && oldest !== undefined) this.#gaveUp.delete(oldest);
  }

  answered(whatsappId: string): void {
    this.#waiting.delete(whatsappId);
  }
}
