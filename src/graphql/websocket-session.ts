import { randomUUID } from 'node:crypto';
import { CloseCode } from 'graphql-ws';
import { AppError, kernelErrors } from '../kernel/errors.js';
import type { LiveSocket } from '../platform/http/live-socket.js';
import { Caller, parseAuthorization } from './caller.js';
import type { Authenticate } from './caller.js';
import { appErrorOf } from './error-formatter.js';

/** "Try again later", a registered code that clients retry. */
const TRY_AGAIN_LATER = 1013;

/** Tells when a topic may have news; also called now and then without any. */
export interface HintSource {
  subscribe(topic: string, listener: () => void): () => void;
}

/** How many sockets each token has open in this process. */
export class SocketCounts {
  readonly #limit: number;
  readonly #counts = new Map<string, number>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Returns what gives the place back, or null when there is none left. */
  take(token: string): (() => void) | null {
    const count = this.#counts.get(token) ?? 0;
    if (count >= this.#limit) return null;
    this.#counts.set(token, count + 1);
    return () => {
      const left = (this.#counts.get(token) ?? 1) - 1;
      if (left > 0) this.#counts.set(token, left);
      else this.#counts.delete(token);
    };
  }
}

interface SessionOptions {
  readonly socket: LiveSocket;
  readonly ipAddress: string;
  readonly authenticate: Authenticate;
  readonly counts: SocketCounts;
  readonly hints: HintSource;
}

/** One websocket from its opening to its close: who it belongs to, for as long as that token is valid. */
export class WebsocketSession {
  readonly id = randomUUID();
  readonly socket: LiveSocket;
  readonly ipAddress: string;
  readonly #options: SessionOptions;
  readonly #releases: (() => void)[] = [];
  #caller: Caller | null = null;
  #isOver = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.socket = options.socket;
    this.ipAddress = options.ipAddress;
  }

  /** The protocol runs no operation before the connection is acknowledged. */
  get caller(): Caller {
    if (this.#caller === null) throw kernelErrors.TOKEN_MISSING();
    return this.#caller;
  }

  /** Checks the token of `connection_init`; false, and closed with the reason, when it does not do. */
  async connect(authorization: unknown): Promise<boolean> {
    try {
      const token = parseAuthorization(authorization);
      if (token === null) throw kernelErrors.TOKEN_MISSING();
      const caller = await Caller.of(token, this.id, this.#options.authenticate);
      return this.#admit(caller);
    } catch (error) {
      this.#closeFor(error);
      return false;
    }
  }

  end(): void {
    this.#isOver = true;
    for (const release of this.#releases.splice(0)) release();
  }

  #admit(caller: Caller): boolean {
    // It was closed while the token was being checked.
    if (this.#isOver) return false;
    const release = this.#options.counts.take(caller.tokenId ?? 'operator');
    if (release === null) {
      this.socket.close(CloseCode.TooManyInitialisationRequests, 'TOO_MANY_SOCKETS');
      return false;
    }
    this.#caller = caller;
    this.#releases.push(release);
    if (caller.tokenId !== null) {
      const topic = `revoked:${caller.tokenId}`;
      this.#releases.push(this.#options.hints.subscribe(topic, () => void this.#recheck(caller)));
    }
    return true;
  }

  /** Called at a revocation and every few seconds without one, which also finds an expiry. */
  async #recheck(caller: Caller): Promise<void> {
    try {
      await caller.recheck(this.id);
    } catch (error) {
      // While the database is away nothing is delivered either; the next call decides.
      if (appErrorOf(error)?.kind === 'UNAUTHENTICATED') this.#closeFor(error);
    }
  }

  /** A subscription may notice before the session does that the token has ended: the socket closes for it either way. */
  endIfTokenEnded(error: unknown): void {
    const reason = appErrorOf(error)?.reason;
    if (reason === 'TOKEN_INVALID' || reason === 'TOKEN_EXPIRED') this.#closeFor(error);
  }

  #closeFor(error: unknown): void {
    const appError = appErrorOf(error);
    if (appError instanceof AppError && appError.kind === 'UNAUTHENTICATED') {
      this.socket.close(CloseCode.Forbidden, appError.reason);
    } else {
      this.socket.close(TRY_AGAIN_LATER, appError?.reason ?? 'INTERNAL');
    }
  }
}
