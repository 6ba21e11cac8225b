import type { FastifyInstance } from 'fastify';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { Action } from '../../../src/kernel/access.js';
import { Context } from '../../../src/kernel/context.js';
import { kernelErrors } from '../../../src/kernel/errors.js';
import { EventTypes } from '../../../src/graphql/kit/event.types.js';
import { ObjectChangedType } from '../../../src/graphql/root/event.types.js';
import { NodeResolver } from '../../../src/graphql/root/node.resolver.js';
import { buildApi } from '../../../src/graphql/schema.js';
import type { Api } from '../../../src/graphql/schema.js';
import { GraphqlServer } from '../../../src/graphql/server.js';
import type { WebsocketLimits } from '../../../src/graphql/websocket-door.js';
import { proxyTrust } from '../../../src/platform/http/client-address.js';
import { createHttpServer } from '../../../src/platform/http/http-server.js';
import { CostBudget } from '../../../src/platform/rate-limit/cost-budget.js';
import { createLogger } from '../../../src/platform/logging/logger.js';
import { registerErrorMapper } from '../../../src/rest/error-mapper.js';
import { LibraryResolver } from './library.resolver.js';

const ACTIONS: ReadonlySet<Action> = new Set<Action>(['device:read', 'event:read', 'message:send']);

export interface LibraryServer extends AsyncDisposable {
  readonly url: string;
  readonly wsUrl: string;
  readonly api: Api;
  readonly app: FastifyInstance;
  readonly library: LibraryResolver;
  /** Each line of the log, parsed. */
  readonly logLines: Record<string, unknown>[];
  /** How many read sessions are open. */
  readonly openReads: () => number;
  revoke(token: string): void;
  stop(): Promise<void>;
}

export interface LibraryServerOptions {
  readonly limits?: Partial<WebsocketLimits>;
  readonly allowedOrigins?: readonly string[];
  /** Default: no limit. */
  readonly costPerMinute?: number;
}

/** The doors of the product before a small API, with the tokens `reader` and `limited`. */
export async function startLibraryServer(options: LibraryServerOptions = {}): Promise<LibraryServer> {
  const revoked = new Set<string>();
  const listeners = new Map<string, Set<() => void>>();
  const reads = { open: 0 };
  const logLines: Record<string, unknown>[] = [];
  const logger = createLogger(
    { log: { level: 'debug', format: 'json' } },
    { write: (line) => void logLines.push(JSON.parse(line) as Record<string, unknown>) },
  );
  const library = new LibraryResolver();
  const eventTypes = new EventTypes((event) => new ObjectChangedType(event));
  const api = await buildApi([new NodeResolver(), library], eventTypes);
  const allowedOrigins = options.allowedOrigins ?? [];
  const app = await createHttpServer({
    logger,
    trustProxy: false,
    allowedOrigins,
    bodyLimitBytes: 256 * 1024,
  });
  registerErrorMapper(app, logger);
  const server = await GraphqlServer.register(
    app,
    {
      api,
      authenticate: async (token, requestId) => authenticate(token, requestId, revoked),
      openReads: () => {
        reads.open += 1;
        return { close: async () => void (reads.open -= 1) };
      },
      logger,
      budget: new CostBudget(options.costPerMinute ?? 0, (limits) => new RateLimiterMemory(limits)),
    },
    {
      hints: { subscribe: (topic, listener) => subscribe(listeners, topic, listener) },
      allowedOrigins,
      trust: proxyTrust(false),
      ...(options.limits !== undefined && { limits: options.limits }),
    },
  );
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  const stop = (): Promise<void> => server.stop(app);
  return {
    url: `${address}/graphql`,
    wsUrl: `${address.replace('http', 'ws')}/graphql`,
    api,
    app,
    library,
    logLines,
    openReads: () => reads.open,
    revoke: (token) => {
      revoked.add(token);
      for (const listener of listeners.get(`revoked:${token}`) ?? []) listener();
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function authenticate(token: string | null, requestId: string, revoked: ReadonlySet<string>): Context {
  if (token === null) {
    return Context.forRequest({ requestId, actor: { kind: 'anonymous' }, scope: null, actions: new Set() });
  }
  if (token === 'broken') {
    throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', syscall: 'connect' });
  }
  if (!['reader', 'limited'].includes(token) || revoked.has(token)) throw kernelErrors.TOKEN_INVALID();
  return Context.forRequest({
    requestId,
    actor: { kind: 'api_key', apiKeyId: token },
    scope: null,
    actions: token === 'reader' ? ACTIONS : new Set(),
  });
}

function subscribe(listeners: Map<string, Set<() => void>>, topic: string, listener: () => void): () => void {
  const own = listeners.get(topic) ?? new Set();
  listeners.set(topic, own.add(listener));
  return () => own.delete(listener);
}
