import type { WebSocket } from 'ws';

interface LiveSocketOptions {
  /** How often the other side is asked for a sign of life; without one until the next time it is gone. */
  readonly pingIntervalMs: number;
  /** How long a client may take nothing of what was sent to it. */
  readonly stallTimeoutMs: number;
}

/** Close code for a client that stopped reading. */
const STALLED = 4450;
/** Answers to pings of the client are not awaited by anybody, so their number needs a bound of its own. */
const MAX_PENDING_SENDS = 1_000;
const STALL_CHECKS = 10;
const CLOSE_GRACE_MS = 1_000;

/**
 * A websocket whose sends can be awaited: a sender that waits makes its source wait, so a slow client is paid for by nobody.
 * One that takes nothing for too long is closed.
 */
export class LiveSocket {
  readonly #socket: WebSocket;
  readonly #options: LiveSocketOptions;
  readonly #timers: readonly NodeJS.Timeout[];
  #pendingSends = 0;
  #lastProgressMs = performance.now();
  #awaitsPong = false;

  constructor(socket: WebSocket, options: LiveSocketOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#timers = [
      setInterval(() => this.#ping(), options.pingIntervalMs),
      setInterval(() => this.#checkStall(), options.stallTimeoutMs / STALL_CHECKS),
    ];
    socket.on('pong', () => (this.#awaitsPong = false));
    socket.once('close', () => {
      for (const timer of this.#timers) clearInterval(timer);
    });
  }

  get protocol(): string {
    return this.#socket.protocol;
  }

  /** Resolves when the operating system took the data, or when the socket is closed and nobody needs it any more. */
  send(data: string): Promise<void> {
    if (this.#socket.readyState !== this.#socket.OPEN) return Promise.resolve();
    if (this.#pendingSends === 0) this.#lastProgressMs = performance.now();
    this.#pendingSends += 1;
    if (this.#pendingSends > MAX_PENDING_SENDS) this.close(STALLED, 'the client does not read');
    return new Promise((resolve) => {
      this.#socket.send(data, () => {
        this.#pendingSends -= 1;
        this.#lastProgressMs = performance.now();
        // A failed send ends in the socket's close, which ends what was sending.
        resolve();
      });
    });
  }

  /** Closes with a code, and for good soon after: who does not read does not answer a close either. */
  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
    setTimeout(() => this.#socket.terminate(), CLOSE_GRACE_MS).unref();
  }

  #ping(): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    // A ping waits behind what the client does not read: then it is for the stall check to judge.
    if (this.#pendingSends > 0) return;
    if (this.#awaitsPong) {
      this.#socket.terminate();
      return;
    }
    this.#awaitsPong = true;
    this.#socket.ping();
  }

  #checkStall(): void {
    const idleMs = performance.now() - this.#lastProgressMs;
    if (this.#pendingSends === 0 || idleMs < this.#options.stallTimeoutMs) return;
    this.close(STALLED, 'the client does not read');
  }
}
