import type { FastifyInstance } from 'fastify';
import { createHttpServer } from '../../platform/http/http-server.js';
import type { Logger } from '../../platform/logging/logger.js';
import type { ProcessMetrics } from './process-metrics.js';

/** Serves the metrics on a port of their own, so that no way leads to them from the one that tenants call. */
export class MetricsServer {
  readonly url: string;
  readonly #http: FastifyInstance;

  private constructor(url: string, http: FastifyInstance) {
    this.url = url;
    this.#http = http;
  }

  static async start(
    metrics: ProcessMetrics,
    { host, port }: { readonly host: string; readonly port: number },
    logger: Logger,
  ): Promise<MetricsServer> {
    const http = await createHttpServer({
      logger,
      trustProxy: false,
      allowedOrigins: [],
      bodyLimitBytes: 1_024,
    });
    http.get('/metrics', async (_request, reply) =>
      reply
        .header('cache-control', 'no-store')
        .type(metrics.contentType)
        .send(await metrics.scrape()),
    );
    return new MetricsServer(await http.listen({ host, port }), http);
  }

  async stop(): Promise<void> {
    await this.#http.close();
  }
}
