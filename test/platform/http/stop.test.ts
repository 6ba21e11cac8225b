import { once } from 'node:events';
import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { createHttpServer } from '../../../src/platform/http/http-server.js';
import { silentLogger } from '../../support/database.js';

/** How long a connection that is kept alive would stay: far longer than this. */
const SOON_MS = 5_000;

it.each(['a whole', 'a streamed'])(
  'a stop waits for %s answer in hand, and not for its connection',
  async (kind) => {
    const http = await createHttpServer({
      logger: silentLogger,
      trustProxy: false,
      allowedOrigins: [],
      bodyLimitBytes: 1_000,
    });
    const arrived = Promise.withResolvers<undefined>();
    const released = Promise.withResolvers<undefined>();
    http.get('/', async (_request, reply) => {
      arrived.resolve(undefined);
      if (kind === 'a whole') {
        await released.promise;
        return 'first second';
      }
      const parts = async function* () {
        yield 'first ';
        await released.promise;
        yield 'second';
      };
      return reply.type('text/plain').send(Readable.from(parts()));
    });
    const url = await http.listen({ port: 0, host: '127.0.0.1' });
    const answer = fetch(url);
    await arrived.promise;

    const askedAt = performance.now();
    const stopped = http.close();
    await once(http.server, 'close', { signal: AbortSignal.timeout(50) }).catch(() => undefined);
    expect(http.server.listening).toBe(false);
    released.resolve(undefined);

    expect(await (await answer).text()).toBe('first second');
    await stopped;
    expect(performance.now() - askedAt).toBeLessThan(SOON_MS);
  },
);
