import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash } from 'node:crypto';
import { ApolloServer } from '@apollo/server';
import type { ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { OperationTypeNode } from 'graphql';
import { kernelErrors } from '../kernel/errors.js';
import { refusalOf } from '../platform/http/http-errors.js';
import type { CostFacts } from '../platform/rate-limit/cost-budget.js';
import { Caller, parseAuthorization } from './caller.js';
import { formatError, toGraphqlError } from './error-formatter.js';
import type { ErrorDoor } from './error-formatter.js';
import { graphqlErrors } from './errors.js';
import type { GraphqlContext } from './kit/graphql-context.js';
import { LANDING_PAGE } from './landing-page.js';
import { LIMITS, checkLimits } from './limits.js';
import { Operation } from './operation.js';
import type { ApiServices } from './operation.js';

export const GRAPHQL_PATH = '/graphql';

/** What an HTTP request knows before and beside Apollo, whose error hook is told nothing of the request. */
class HttpOperation {
  readonly requestId: string;
  isAuthenticated = false;
  operation: Operation | null = null;
  /** Null: the operation is free, or was refused before it cost anything. */
  cost: CostFacts | null = null;
  /** Takes the cost from who asks. */
  charge: (cost: number) => Promise<CostFacts> = () => Promise.reject(kernelErrors.TOKEN_MISSING());

  constructor(requestId: string) {
    this.requestId = requestId;
  }
}

/** Queries and mutations over HTTP. */
export class ApolloDoor {
  readonly #services: ApiServices;
  readonly #apollo: ApolloServer;
  readonly #current = new AsyncLocalStorage<HttpOperation>();

  constructor(services: ApiServices) {
    this.#services = services;
    this.#apollo = new ApolloServer({
      schema: services.api.schema,
      logger: services.logger,
      // Who may introspect is decided for each caller, by the limits.
      introspection: true,
      csrfPrevention: true,
      allowBatchedHttpRequests: false,
      persistedQueries: false,
      includeStacktraceInErrorResponses: false,
      // Else Apollo stops by itself beside the process's own stop, and both wait for each other.
      stopOnTerminationSignals: false,
      parseOptions: { maxLexicalTokens: LIMITS.tokens },
      formatError: (_formatted, error) => formatError(error, this.#door()),
      plugins: [
        this.#limits(),
        specStatus,
        ApolloServerPluginLandingPageDisabled(),
        ApolloServerPluginCacheControlDisabled(),
      ],
    });
  }

  /** Adds the route. Call it before the server listens. */
  async register(app: FastifyInstance): Promise<void> {
    await this.#apollo.start();
    const handle = fastifyApolloHandler(this.#apollo, { context: (request) => this.#open(request) });
    await app.register(async (scope) => {
      scope.setErrorHandler((error: FastifyError, request, reply) => this.#refuse(error, request, reply));
      scope.route({
        url: GRAPHQL_PATH,
        method: ['GET', 'POST'],
        handler: async (request, reply) => {
          if (wantsPage(request)) return sendPage(reply);
          const current = new HttpOperation(request.id);
          try {
            return await this.#current.run(current, () => handle.call(app, request, reply));
          } finally {
            current.operation?.[Symbol.dispose]();
          }
        },
      });
    });
  }

  /** Waits for the operations that run. */
  async stop(): Promise<void> {
    await this.#apollo.stop();
  }

  async #open(request: FastifyRequest): Promise<GraphqlContext> {
    const current = this.#store();
    try {
      const token = parseAuthorization(request.headers.authorization);
      const caller = await Caller.of(token, request.id, this.#services.authenticate);
      current.isAuthenticated = caller.isAuthenticated;
      current.charge = (cost) => this.#services.budget.charge(caller.budgetKey(request.ip), cost);
      const operationRequest = { caller, requestId: request.id, ipAddress: request.ip };
      current.operation = new Operation(this.#services, operationRequest, LIMITS.operationTimeoutMs);
      return current.operation.context;
    } catch (error) {
      throw toGraphqlError(error);
    }
  }

  #store(): HttpOperation {
    return this.#current.getStore() ?? new HttpOperation('unknown');
  }

  #door(): ErrorDoor {
    const { requestId, isAuthenticated } = this.#store();
    return { requestId, isAuthenticated, logger: this.#services.logger };
  }

  /** What Fastify refuses before Apollo sees it: a body that is too large, or no JSON. */
  async #refuse(error: FastifyError, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const refusal = refusalOf(error);
    const door = { requestId: request.id, isAuthenticated: false, logger: this.#services.logger };
    return reply
      .code(refusal?.status ?? 500)
      .type('application/json; charset=utf-8')
      .send({ errors: [formatError(refusal?.error ?? error, door)] });
  }

  #limits(): ApolloServerPlugin {
    return {
      requestDidStart: async () => ({
        didResolveOperation: async ({ request, document, operation }) => {
          try {
            if (operation?.operation === OperationTypeNode.SUBSCRIPTION)
              throw graphqlErrors.SUBSCRIPTION_NEEDS_WEBSOCKET();
            const current = this.#store();
            const cost = checkLimits({
              schema: this.#services.api.schema,
              document,
              operationName: request.operationName,
              variables: request.variables,
              isAuthenticated: current.isAuthenticated,
            });
            current.cost = await current.charge(cost);
          } catch (error) {
            throw toGraphqlError(error);
          }
        },
        willSendResponse: async ({ response: { body, http } }) => {
          if (body.kind !== 'single') return;
          const { cost } = this.#store();
          const { singleResult } = body;
          if (cost !== null) singleResult.extensions = { ...singleResult.extensions, cost };
          const retryAfterMs = singleResult.errors?.[0]?.extensions?.['retryAfterMs'];
          if (typeof retryAfterMs === 'number')
            http.headers.set('retry-after', String(Math.ceil(retryAfterMs / 1_000)));
        },
      }),
    };
  }
}

/** The GraphQL-over-HTTP draft wants 200 for well-formed requests under the older media type, also when nothing ran. */
const specStatus: ApolloServerPlugin = {
  requestDidStart: async () => ({
    willSendResponse: async ({ request, response }) => {
      const accept = request.http?.headers.get('accept') ?? '';
      const isRefusal = response.http.status === 400 && response.body.kind === 'single';
      if (!isRefusal || request.query === undefined || accept.includes('application/graphql-response+json'))
        return;
      response.http.status = 200;
    },
  }),
};

const SCRIPT = /<script>([\s\S]*)<\/script>/.exec(LANDING_PAGE)?.[1] ?? '';
const SCRIPT_HASH = createHash('sha256').update(SCRIPT).digest('base64');
const PAGE_POLICY = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${SCRIPT_HASH}'; connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'`;

function wantsPage({ method, headers, url }: FastifyRequest): boolean {
  return method === 'GET' && !url.includes('?') && (headers.accept ?? '').includes('text/html');
}

function sendPage(reply: FastifyReply): FastifyReply {
  return reply
    .header('content-security-policy', PAGE_POLICY)
    .type('text/html; charset=utf-8')
    .send(LANDING_PAGE);
}
