import type { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';

/** Opens what a signed path and query point at; throws NOT_FOUND for anything that was not signed, and that a link has expired. */
interface UsageSource {
  open(signedPath: string): { readonly stream: Readable; readonly fileName: string };
}

/** `GET /usage/…`: usage as CSV by signed link, without a token. Streamed as it is read. */
export function registerUsage(app: FastifyInstance, source: UsageSource): void {
  app.get('/usage/*', { exposeHeadRoute: false }, async (request, reply) => {
    const { stream, fileName } = source.open(request.url);
    return reply
      .headers({
        'content-type': 'text/csv; charset=utf-8',
        'content-disposition': `attachment; filename="${fileName}"`,
        'cache-control': 'private, no-store',
        'x-content-type-options': 'nosniff',
      })
      .send(stream);
  });
}
