import type { FastifyInstance } from 'fastify';

/** Takes a call of a signed path; throws NOT_FOUND for anything that was not signed, or no longer is good. */
interface HookTaker {
  call(signedPath: string, body: unknown): Promise<void>;
}

/** `POST /hooks/…`: sets off a rule by its URL, without a token. What it does comes later, and nothing of it is told here. */
export function registerHooks(app: FastifyInstance, hooks: HookTaker): void {
  app.post('/hooks/*', async (request, reply) => {
    await hooks.call(request.url, request.body);
    return reply.code(202).send({ accepted: true });
  });
}
