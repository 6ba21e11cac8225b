import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { writeTogether } from '../../kernel/write-together.js';

type Send = (data: Parameters<WebSocket['send']>[0], done?: (error?: Error) => void) => void;
type Frame = Parameters<Send>;

/**
 * Holds back what a socket is about to write until something else is durable. When that fails nothing more is written at all. Frames of one turn leave
 * together: after a commit a device has a receipt to write for each message in it.
 */
export class WriteGate {
  readonly #send: Send;
  #stream: Duplex | null = null;
  #held: Frame[] | null = null;

  constructor(socket: WebSocket) {
    this.#send = socket.send.bind(socket);
    socket.once('upgrade', (response: IncomingMessage) => (this.#stream = response.socket));
    const send: Send = (...frame) => {
      if (this.#held === null) this.#write(frame);
      else this.#held.push(frame);
    };
    Object.defineProperty(socket, 'send', { value: send, configurable: true });
  }

  /** Frames keep their order. */
  closeUntil(durable: Promise<void>): void {
    if (this.#held !== null) return;
    this.#held = [];
    durable.then(
      () => this.#open(),
      (error: unknown) => this.#refuse(error),
    );
  }

  #open(): void {
    const frames = this.#held ?? [];
    this.#held = null;
    for (const frame of frames) this.#write(frame);
  }

  #write(frame: Frame): void {
    if (this.#stream !== null) writeTogether(this.#stream);
    this.#send(...frame);
  }

  #refuse(cause: unknown): void {
    for (const [, done] of this.#held?.splice(0) ?? []) {
      done?.(new Error('what had to be durable before it was not', { cause }));
    }
  }
}
