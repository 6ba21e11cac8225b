import { makeWASocket, type UserFacingSocketConfig, type WASocket } from '@whiskeysockets/baileys';
import { WebSocket } from 'ws';
import type { SessionClose } from '../ports.js';
import { closeFromSocketError, closeOf } from './close-reasons.js';
import { containListeners } from './contain-listeners.js';
import { deferred } from './deferred.js';
import { watchWrites } from './outgoing-stanza.js';
import type { Settings } from './settings.js';
import { WriteGate } from './write-gate.js';

/** A peer that is alive answers a close frame at once. */
const CLOSE_GRACE_MS = 500;
/** After this the socket counts as gone, whatever the library says. */
const GIVE_UP_MS = 1_500;

/** One socket of the library, made to end: soon, once, and with all that waited on it released. */
export class Link {
  readonly socket: WASocket;
  /** Resolves when the socket is gone. */
  readonly ended: Promise<SessionClose>;
  readonly #ended = deferred<SessionClose>();
  readonly #over = new AbortController();
  readonly #transport: WebSocket;
  readonly #gate: WriteGate;
  readonly #settings: Settings;
  #close: SessionClose | null = null;
  #timers: NodeJS.Timeout[] = [];

  constructor(config: UserFacingSocketConfig, settings: Settings) {
    this.#settings = settings;
    this.ended = this.#ended.promise;
    this.socket = makeWASocket(config);
    this.#transport = transportOf(this.socket);
    this.#gate = new WriteGate(this.#transport);
    watchWrites(this.#transport);
    const { ws, ev } = this.socket;
    containListeners(ws, (event, error) => this.#onListenerFailed(event, error));
    ev.on('connection.update', ({ connection, lastDisconnect }) => {
      if (connection === 'close')
        this.#finish(closeFromSocketError(lastDisconnect?.error, settings.clock.now()));
    });
    // The library knows this event and does nothing about it: the socket would stay "connecting" for ever.
    ws.on('unexpected-response', (_request: unknown, response: { readonly statusCode?: number }) => {
      const code = response.statusCode ?? null;
      this.end(closeOf('UPGRADE_REFUSED', { code, detail: 'the websocket upgrade was refused' }));
    });
    const answered = new AbortController();
    ws.once('frame', () => answered.abort());
    this.bound(settings.timeouts.connectTimeoutMs, answered.signal, () =>
      closeOf('CONNECT_TIMED_OUT', { detail: 'the handshake was not answered' }),
    );
    // After these the library waits up to 30 s for a dead peer's close frame.
    for (const last of ['CB:stream:error', 'CB:failure', 'CB:xmlstreamend'])
      ws.on(last, () => this.#hangUp());
  }

  /** Aborted when the link is over. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  get isOver(): boolean {
    return this.#over.signal.aborted;
  }

  /** Nothing is written until then; when it fails, nothing any more. */
  holdWrites(durable: Promise<void>): void {
    this.#gate.closeUntil(durable);
  }

  /** Ends the socket; from now on nothing can be written. The first reason given is the one reported. */
  end(close: SessionClose): void {
    if (this.#close !== null || this.isOver) return;
    this.#close = close;
    this.#hangUp();
  }

  /** Ends the link with `close` unless `reached` settles within `timeoutMs`. */
  bound(timeoutMs: number, reached: AbortSignal, close: () => SessionClose): void {
    const either = AbortSignal.any([reached, this.signal]);
    this.#settings.clock.sleep(timeoutMs, either).then(
      () => this.end(close()),
      () => undefined,
    );
  }

  #hangUp(): void {
    if (this.#timers.length > 0 || this.isOver) return;
    const { OPEN, CLOSING } = WebSocket;
    if (this.#transport.readyState === OPEN) this.#transport.close();
    const graceMs = this.#transport.readyState === CLOSING ? CLOSE_GRACE_MS : 0;
    this.#timers = [
      setTimeout(() => this.#transport.terminate(), graceMs),
      setTimeout(
        () => this.#finish(closeOf('CONNECTION_LOST', { detail: 'the socket did not close' })),
        GIVE_UP_MS,
      ),
    ];
  }

  #finish(close: SessionClose): void {
    if (this.isOver) return;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#over.abort();
    // Requests that wait for an answer listen for this; the library has removed their `close` listeners before it closed.
    this.socket.ws.emit('error', new Error('Connection Closed'));
    this.#ended.resolve(this.#close ?? close);
  }

  #onListenerFailed(event: string | symbol, error: unknown): void {
    const detail = error instanceof Error ? error.message : 'unknown';
    if (event === 'message') {
      // Noise counts frames: after one that does not decrypt, none will.
      this.end(closeOf('CONNECTION_LOST', { detail: `a frame could not be read: ${detail}` }));
    } else if (!this.isOver) {
      this.#settings.logger.warn(
        { cause: detail },
        `WhatsApp library: a listener of ${String(event)} failed`,
      );
    }
  }
}

/** The library keeps the websocket to itself; to bound its end and to see a write at its true moment we need it. */
function transportOf(socket: WASocket): WebSocket {
  const transport: unknown = Reflect.get(socket.ws, 'socket');
  if (transport instanceof WebSocket) return transport;
  throw new Error('the WhatsApp library no longer keeps its websocket where this version does');
}
