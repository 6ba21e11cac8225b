import type { FastifyInstance } from 'fastify';
import type { GraphqlServer } from '../graphql/server.js';
import type { Supervisor } from '../modules/device/index.js';
import { listPendingMigrations } from '../platform/database/migrator.js';
import { createHttpServer } from '../platform/http/http-server.js';
import { registerErrorMapper } from '../rest/error-mapper.js';
import { Health, type ReadinessCheck } from '../rest/health.js';
import type { Infrastructure } from './infrastructure.js';
import type { Services } from './services.js';

const BODY_LIMIT_BYTES = 256 * 1024;

/** The HTTP side of a process: health always, the API and the media door with the role `api`. */
export class ApiServer {
  readonly url: string;
  readonly #http: FastifyInstance;
  readonly #graphql: GraphqlServer | null;
  readonly #health: Health;

  private constructor(url: string, http: FastifyInstance, graphql: GraphqlServer | null, health: Health) {
    this.url = url;
    this.#http = http;
    this.#graphql = graphql;
    this.#health = health;
  }

  static async start(
    infrastructure: Infrastructure,
    services: Services,
    options: { readonly api: boolean; readonly supervisor: Supervisor | null },
  ): Promise<ApiServer> {
    const { config, logger } = infrastructure;
    const { trustProxy, allowedOrigins, host, port } = config.http;
    const http = await createHttpServer({
      logger,
      trustProxy,
      allowedOrigins,
      bodyLimitBytes: BODY_LIMIT_BYTES,
    });
    registerErrorMapper(http, logger);
    const health = new Health(readinessChecks(infrastructure, options.supervisor));
    health.register(http);
    const graphql = options.api ? await openApi(http, infrastructure, services) : null;
    const url = await http.listen({ host, port });
    return new ApiServer(url, http, graphql, health);
  }

  /** Open websockets of the API. */
  get websockets(): number {
    return this.#graphql?.websockets ?? 0;
  }

  /** From now on the process says that it is not ready, so that balancers look elsewhere. */
  refuseNewWork(): void {
    this.#health.drain();
  }

  async stop(): Promise<void> {
    if (this.#graphql === null) await this.#http.close();
    else await this.#graphql.stop(this.#http);
  }
}

/** A process without the role does not load it: the schema and the doors are a third of the product. */
async function openApi(
  ...parts: [http: FastifyInstance, infrastructure: Infrastructure, services: Services]
): Promise<GraphqlServer> {
  const { registerApi } = await import('./api.js');
  return registerApi(...parts);
}

function readinessChecks(
  { database, broker, access }: Infrastructure,
  supervisor: Supervisor | null,
): Readonly<Record<string, ReadinessCheck>> {
  return {
    database: () => database.ping(),
    queue: () => {
      if (!broker.isReady) throw new Error('the queue does not answer');
    },
    migrations: async () => {
      const pending = await listPendingMigrations(access.app);
      if (pending.length > 0) throw new Error(`pending: ${pending.join(', ')}`);
    },
    ...(supervisor !== null && {
      leases: () => {
        if (supervisor.size.shards === 0) throw new Error('no shard is leased yet');
      },
    }),
  };
}
