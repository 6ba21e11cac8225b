import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';

/** Throw NOT_FOUND for anything that was not signed, and that a link has expired. */
interface BulkSource {
  upload(signedPath: string, body: Readable): Promise<void>;
  download(signedPath: string): Promise<{ readonly stream: Readable; readonly fileName: string }>;
}

/** `PUT /bulk/…`: the file of an import; `GET /bulk/…`: what came of an operation, as CSV. By signed link, without a token. */
export async function registerBulk(app: FastifyInstance, source: BulkSource): Promise<void> {
  await app.register(async (scope) => {
    // Whatever the client calls its file, it is taken as it comes and goes to the store without being held in memory.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, body, done) => done(null, body));
    scope.put('/bulk/*', { bodyLimit: Number.MAX_SAFE_INTEGER }, async (request, reply) => {
      try {
        await source.upload(request.url, request.body instanceof Readable ? request.body : Readable.from([]));
        return await reply.code(204).send();
      } finally {
        // Who is refused still writes, and reads the answer only then.
        request.raw.resume();
      }
    });
  });
  app.get('/bulk/*', { exposeHeadRoute: false }, async (request, reply) => {
    const { stream, fileName } = await source.download(request.url);
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
