import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { getOperationAST, OperationTypeNode } from 'graphql';
import type { GraphQLError, GraphQLFormattedError } from 'graphql';
import { handleProtocols, makeServer } from 'graphql-ws';
import type { Server, ServerOptions } from 'graphql-ws';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { clientAddress } from '../platform/http/client-address.js';
import type { ProxyTrust } from '../platform/http/client-address.js';
import { isOriginAllowed } from '../platform/http/http-server.js';
import { LiveSocket } from '../platform/http/live-socket.js';
import type { CostFacts } from '../platform/rate-limit/cost-budget.js';
import { formatError, toGraphqlError } from './error-formatter.js';
import { graphqlErrors } from './errors.js';
import { LIMITS } from './limits.js';
import type { ApiServices } from './operation.js';
import { WebsocketOperations } from './websocket-operations.js';
import type { PreparedOperation } from './websocket-operations.js';
import { SocketCounts, WebsocketSession } from './websocket-session.js';
import type { HintSource } from './websocket-session.js';

export interface WebsocketOptions {
  readonly hints: HintSource;
  readonly allowedOrigins: readonly string[];
  readonly trust: ProxyTrust;
  readonly limits?: Partial<WebsocketLimits>;
}

export interface WebsocketLimits {
  readonly initTimeoutMs: number;
  readonly pingIntervalMs: number;
  readonly stallTimeoutMs: number;
  readonly socketsPerToken: number;
  readonly operationsPerSocket: number;
}

const DEFAULT_LIMITS: WebsocketLimits = {
  initTimeoutMs: 3_000,
  pingIntervalMs: 12_000,
  stallTimeoutMs: 60_000,
  socketsPerToken: 50,
  operationsPerSocket: 100,
};
const GOING_AWAY = 1001;
const INTERNAL_ERROR = 1011;

type Params = Record<string, unknown> | undefined;

/** Subscriptions, and any other operation, over graphql-transport-ws. */
export class WebsocketDoor {
  readonly #services: ApiServices;
  readonly #options: WebsocketOptions;
  readonly #limits: WebsocketLimits;
  readonly #counts: SocketCounts;
  readonly #server: Server<WebsocketSession>;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: LIMITS.bodyBytes,
    perMessageDeflate: false,
    handleProtocols: (protocols) => handleProtocols(protocols),
  });
  #isClosing = false;

  constructor(services: ApiServices, options: WebsocketOptions) {
    this.#services = services;
    this.#options = options;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#counts = new SocketCounts(this.#limits.socketsPerToken);
    this.#server = makeServer<Params, WebsocketSession>(this.#protocol(new WebsocketOperations(services)));
  }

  /** Open websockets. */
  get size(): number {
    return this.#sockets.clients.size;
  }

  /** Takes over an HTTP connection that asks to become a websocket. */
  upgrade(request: IncomingMessage, connection: Duplex, head: Buffer): void {
    connection.on('error', () => connection.destroy());
    const status = this.#refusal(request);
    if (status !== null) {
      connection.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    this.#sockets.handleUpgrade(request, connection, head, (socket) => this.#open(socket, request));
  }

  #refusal(request: IncomingMessage): string | null {
    if (this.#isClosing) return '503 Service Unavailable';
    return isOriginAllowed(request, this.#options.allowedOrigins) ? null : '403 Forbidden';
  }

  /** Tells every client to come back elsewhere. */
  async close(): Promise<void> {
    this.#isClosing = true;
    const closed = [...this.#sockets.clients].map(
      (socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())),
    );
    for (const socket of this.#sockets.clients) socket.close(GOING_AWAY, 'SHUTTING_DOWN');
    const deadline = setTimeout(() => {
      for (const socket of this.#sockets.clients) socket.terminate();
    }, 2_000);
    await Promise.all(closed);
    clearTimeout(deadline);
  }

  #open(socket: WebSocket, request: IncomingMessage): void {
    const live = new LiveSocket(socket, this.#limits);
    const session = new WebsocketSession({
      socket: live,
      ipAddress: clientAddress(request, this.#options.trust),
      authenticate: this.#services.authenticate,
      counts: this.#counts,
      hints: this.#options.hints,
    });
    // Too large a message, or bad framing: ws closes by itself with the fitting code.
    socket.on('error', (error) => this.#services.logger.debug({ err: error }, 'websocket failed'));
    const closed = this.#server.opened(
      {
        protocol: live.protocol,
        send: (data) => live.send(data),
        close: (code = INTERNAL_ERROR, reason = '') => live.close(code, reason),
        onMessage: (handle) => {
          socket.on(
            'message',
            (data: Buffer) => void this.#receive(live, () => handle(data.toString('utf8'))),
          );
        },
      },
      session,
    );
    socket.once('close', (code, reason) => {
      session.end();
      closed(code, reason.toString('utf8')).catch((error: unknown) => this.#logFailure(error));
    });
  }

  async #receive(live: LiveSocket, handle: () => Promise<void>): Promise<void> {
    try {
      await handle();
    } catch (error) {
      this.#logFailure(error);
      live.close(INTERNAL_ERROR, 'INTERNAL');
    }
  }

  #logFailure(error: unknown): void {
    this.#services.logger.error({ err: error }, 'a websocket message could not be handled');
  }

  #protocol(operations: WebsocketOperations): ServerOptions<Params, WebsocketSession> {
    return {
      connectionInitWaitTimeout: this.#limits.initTimeoutMs,
      onConnect: ({ connectionParams, extra }) => extra.connect(connectionParams?.['authorization']),
      onSubscribe: ({ extra, subscriptions }, _id, payload) =>
        Object.keys(subscriptions).length > this.#limits.operationsPerSocket
          ? [toGraphqlError(graphqlErrors.TOO_MANY_OPERATIONS())]
          : operations.prepare(extra, payload),
      execute: (args) => operations.execute(args as PreparedOperation),
      subscribe: (args) => operations.subscribe(args as PreparedOperation),
      onError: (_socket, _id, _payload, errors) => this.#format(errors, randomUUID()),
      onNext: ({ extra: session }, _id, _payload, args, { data, errors }) => {
        for (const error of errors ?? []) session.endIfTokenEnded(error);
        return {
          // Events of a subscription cost nothing more than its start.
          ...costOf(args as PreparedOperation),
          ...(data !== undefined && { data }),
          ...(errors !== undefined && {
            errors: this.#format(errors, (args as PreparedOperation).contextValue.requestId),
          }),
        };
      },
    };
  }

  #format(errors: readonly GraphQLError[], requestId: string): GraphQLFormattedError[] {
    // Nobody gets this far without a token.
    const door = { requestId, isAuthenticated: true, logger: this.#services.logger };
    return errors.map((error) => formatError(error, door));
  }
}

function costOf({ document, operationName, cost }: PreparedOperation): { extensions?: { cost: CostFacts } } {
  const operation = getOperationAST(document, operationName)?.operation;
  return operation === OperationTypeNode.SUBSCRIPTION ? {} : { extensions: { cost } };
}
