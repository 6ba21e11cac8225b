import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import cors from '@fastify/cors';
import { fastify } from 'fastify';
import type { FastifyInstance } from 'fastify';
import type { Config } from '../../config/config.js';
import { proxyTrust } from './client-address.js';
import { childLogger } from '../logging/logger.js';
import type { Logger } from '../logging/logger.js';

interface HttpServerOptions {
  readonly logger: Logger;
  readonly trustProxy: Config['http']['trustProxy'];
  readonly allowedOrigins: readonly string[];
  readonly bodyLimitBytes: number;
}

const REQUEST_ID_HEADER = 'x-request-id';
const REQUEST_ID = /^[\w.-]{8,64}$/;

/** The one HTTP server of a process, without routes: request ids, proxies, origins, plain security headers. */
export async function createHttpServer(options: HttpServerOptions): Promise<FastifyInstance> {
  const logger = childLogger(options.logger, 'http');
  const app: FastifyInstance = fastify({
    logger: false,
    trustProxy: proxyTrust(options.trustProxy),
    bodyLimit: options.bodyLimitBytes,
    genReqId: requestIdOf,
    requestIdHeader: false,
    // An id that is much too long is an unknown one, and the route says so in its own words.
    routerOptions: { maxParamLength: 2_000 },
    // Otherwise each process would load and start compilers of JSON schemas that it never needs.
    schemaController: {
      compilersFactory: { buildValidator: () => refuseSchema, buildSerializer: () => refuseSchema },
    },
    // Idle keep-alive connections do not hold up a stop.
    forceCloseConnections: 'idle',
  });
  app.addHook('onRequest', async (request, reply) => {
    void reply
      .header(REQUEST_ID_HEADER, request.id)
      .header('x-content-type-options', 'nosniff')
      .header('referrer-policy', 'no-referrer');
  });
  app.addHook('onResponse', async (request, reply) => {
    const { method, id: requestId } = request;
    const route = request.routeOptions.url ?? 'none';
    const durationMs = Math.round(reply.elapsedTime);
    logger.debug({ method, route, status: reply.statusCode, durationMs, requestId }, 'request');
  });
  closeConnectionsAfterAnswer(app);
  await app.register(cors, {
    origin: [...options.allowedOrigins],
    methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: [REQUEST_ID_HEADER],
    maxAge: 600,
  });
  return app;
}

function refuseSchema(): never {
  throw new Error('a route has a schema, and its scope no compiler: see how the doors use Zod');
}

/** A request in hand at the stop gets its answer; its connection would then stay open for as long as idle ones may, and the stop with it. */
function closeConnectionsAfterAnswer(app: FastifyInstance): void {
  let isClosing = false;
  app.addHook('preClose', async () => {
    isClosing = true;
  });
  app.addHook('onResponse', async () => {
    // A connection counts as idle only after this.
    if (isClosing) setImmediate(() => app.server.closeIdleConnections());
  });
}

/** A caller's own id of the request is kept when it is harmless in logs and headers. */
function requestIdOf(request: IncomingMessage): string {
  const given = request.headers[REQUEST_ID_HEADER];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}

/** Whether a browser page may open a websocket: one of this host, or of an allowed origin. Programs send no origin. */
export function isOriginAllowed(request: IncomingMessage, allowedOrigins: readonly string[]): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined || allowedOrigins.includes(origin)) return true;
  return host !== undefined && URL.parse(origin)?.host === host;
}
