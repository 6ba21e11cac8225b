import Fastify, { type FastifyInstance } from 'fastify';
import { z, ZodError } from 'zod';
import { PairingError } from '../pairing/companion.js';
import type { Simulator } from '../simulator.js';
import { messageRoutes } from './message-routes.js';
import { observationRoutes } from './observation-routes.js';
import { phoneRoutes } from './phone-routes.js';
import { ControlError, type Route } from './route.js';

const LOOPBACK_HOSTS = new Set(['127.0.0.1', 'localhost', '[::1]']);
const MAX_BODY_BYTES = 32 * 1024 * 1024;

const ROUTES: readonly Route[] = [...phoneRoutes, ...messageRoutes, ...observationRoutes];

export interface ControlServerOptions {
  readonly port?: number;
  /** Anything but loopback lets strangers command the phones; they cannot do more than that. */
  readonly host?: string;
}

/** The HTTP API that commands phones and faults and shows the ledger. */
export class ControlServer {
  readonly #http: FastifyInstance;
  #url = '';

  private constructor(simulator: Simulator, host: string) {
    this.#http = Fastify({ bodyLimit: MAX_BODY_BYTES, forceCloseConnections: true });
    if (LOOPBACK_HOSTS.has(host)) this.#refuseForeignHostNames();
    this.#http.setErrorHandler((error, _request, reply) => {
      const { status, body } = describe(error);
      return reply.code(status).send(body);
    });
    this.#http.get('/', () => ROUTES.map(listed));
    for (const each of ROUTES) {
      this.#http.route({
        method: each.method,
        url: each.path,
        handler: async (request, reply) => {
          const params = z.record(z.string(), z.string()).parse(request.params);
          const query = z.record(z.string(), z.string()).parse(request.query);
          return await each.handle({ simulator, params, query, body: request.body, reply });
        },
      });
    }
  }

  static async start(simulator: Simulator, options: ControlServerOptions = {}): Promise<ControlServer> {
    const { port = 0, host = '127.0.0.1' } = options;
    const server = new ControlServer(simulator, host);
    server.#url = await server.#http.listen({ port, host });
    return server;
  }

  get url(): string {
    return this.#url;
  }

  async close(): Promise<void> {
    await this.#http.close();
  }

  /** A web page could reach loopback under a name of its own (DNS rebinding). */
  #refuseForeignHostNames(): void {
    this.#http.addHook('onRequest', async (request) => {
      if (!LOOPBACK_HOSTS.has(request.hostname))
        throw new ControlError(403, 'only loopback host names are served');
      await Promise.resolve();
    });
  }
}

function listed({ method, path, summary, bodySchema }: Route): Record<string, unknown> {
  return { method, path, summary, ...(bodySchema && { body: z.toJSONSchema(bodySchema, { io: 'input' }) }) };
}

function describe(error: unknown): { status: number; body: Record<string, unknown> } {
  if (error instanceof ZodError) {
    const fields = error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
    return { status: 400, body: { error: 'the body is not valid', fields } };
  }
  if (error instanceof ControlError) return { status: error.status, body: { error: error.message } };
  if (error instanceof PairingError) return { status: 409, body: { error: error.message } };
  if (error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number') {
    return { status: error.statusCode, body: { error: error.message } };
  }
  return { status: 500, body: { error: error instanceof Error ? error.message : 'unknown error' } };
}
