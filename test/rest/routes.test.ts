import { Readable } from 'node:stream';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { AppError, ERROR_KINDS, kernelErrors } from '../../src/kernel/errors.js';
import type { ErrorKind } from '../../src/kernel/errors.js';
import { createHttpServer } from '../../src/platform/http/http-server.js';
import { registerErrorMapper } from '../../src/rest/error-mapper.js';
import { Health } from '../../src/rest/health.js';
import type { ReadinessCheck } from '../../src/rest/health.js';
import { registerMedia } from '../../src/rest/media.js';
import type { ServedMedia } from '../../src/rest/media.js';
import { silentLogger } from '../support/database.js';

const apps: FastifyInstance[] = [];
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
});

async function createApp(): Promise<FastifyInstance> {
  const app = await createHttpServer({
    logger: silentLogger,
    trustProxy: ['10.0.0.0/8'],
    allowedOrigins: ['https://crm.example.com'],
    bodyLimitBytes: 1_000,
  });
  registerErrorMapper(app, silentLogger);
  apps.push(app);
  return app;
}

describe('health', () => {
  async function probe(checks: Record<string, ReadinessCheck>): Promise<[FastifyInstance, Health]> {
    const app = await createApp();
    const health = new Health(checks);
    health.register(app);
    return [app, health];
  }

  it('is ready when every check passes', async () => {
    const [app] = await probe({ database: async () => undefined, queue: () => undefined });
    const response = await app.inject('/health/ready');
    expect(response.statusCode).toBe(200);
    expect(response.json()).toMatchObject({
      status: 'ok',
      checks: { database: { status: 'ok' }, queue: { status: 'ok' } },
    });
  });

  it('is alive but not ready when a check fails, and says which', async () => {
    const [app] = await probe({
      database: () => Promise.reject(new Error('refused')),
      queue: () => undefined,
    });
    const response = await app.inject('/health/ready');
    expect(response.statusCode).toBe(503);
    expect(response.json()).toMatchObject({
      status: 'failed',
      checks: { database: { status: 'failed', problem: 'refused' }, queue: { status: 'ok' } },
    });
    expect((await app.inject('/health/live')).json()).toEqual({ status: 'ok' });
  });

  it('gives a check that hangs two seconds', async () => {
    const [app] = await probe({ database: () => new Promise(() => undefined) });
    const { checks } = (await app.inject('/health/ready')).json<{ checks: Record<string, unknown> }>();
    expect(checks['database']).toMatchObject({ status: 'failed', problem: 'no answer within 2000 ms' });
  });

  it('is not ready while the process stops', async () => {
    const [app, health] = await probe({});
    health.drain();
    const response = await app.inject('/health/ready');
    expect([response.statusCode, response.json<{ status: string }>().status]).toEqual([503, 'stopping']);
  });
});

describe('media', () => {
  const BYTES = Buffer.from('0123456789');

  async function serve(
    media: Partial<ServedMedia> | AppError,
    options: Pick<InjectOptions, 'method' | 'headers'> = {},
  ) {
    const app = await createApp();
    const url = '/media/a/b?expires=1&signature=s';
    registerMedia(app, {
      find: async (signedPath) => {
        if (media instanceof AppError) throw media;
        expect(signedPath).toBe(url);
        const open = async ({ start, end } = { start: 0, end: BYTES.length - 1 }) =>
          Readable.from([BYTES.subarray(start, end + 1)]);
        const facts = { sizeBytes: BYTES.length, sha256: 'abc', mimeType: 'image/png', fileName: null };
        return { ...facts, open, ...media };
      },
    });
    return app.inject({ url, ...options });
  }

  it('streams what a signed link points at, for nobody to keep', async () => {
    const response = await serve({});
    expect(response.body).toBe('0123456789');
    expect(response.headers).toMatchObject({
      'content-type': 'image/png',
      'content-length': '10',
      'accept-ranges': 'bytes',
      'content-disposition': 'inline',
      'cache-control': 'private, no-store',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
    });
  });

  it.each([
    ['bytes=0-3', 'bytes 0-3/10', '0123'],
    ['bytes=4-', 'bytes 4-9/10', '456789'],
    ['bytes=-2', 'bytes 8-9/10', '89'],
    ['bytes=8-99', 'bytes 8-9/10', '89'],
    ['bytes=0-1,2-3', 'bytes 0-3/10', '0123'],
  ])('serves %s as a part, so that a player can seek', async (range, contentRange, body) => {
    const response = await serve({}, { headers: { range } });
    expect([response.statusCode, response.body]).toEqual([206, body]);
    expect(response.headers).toMatchObject({
      'content-range': contentRange,
      'content-length': String(body.length),
    });
  });

  it.each([
    ['ranges that lie apart', { range: 'bytes=0-1,8-9' }],
    ['another unit', { range: 'lines=0-1' }],
    ['what is no range', { range: 'bytes=x' }],
    ['a part of another version', { range: 'bytes=0-1', 'if-range': '"older"' }],
  ])('answers %s with everything', async (_name, headers) => {
    const response = await serve({}, { headers });
    expect([response.statusCode, response.body]).toEqual([200, '0123456789']);
  });

  it('serves a part of the version that the caller has', async () => {
    const { headers } = await serve({});
    const response = await serve({}, { headers: { range: 'bytes=0-1', 'if-range': String(headers.etag) } });
    expect([response.statusCode, response.body]).toEqual([206, '01']);
  });

  it('refuses a part behind the end, and says how long the file is', async () => {
    const response = await serve({}, { headers: { range: 'bytes=10-' } });
    expect([response.statusCode, response.headers['content-range']]).toEqual([416, 'bytes */10']);
  });

  it('says how large a file is without reading it', async () => {
    const open = () => Promise.reject(new Error('read'));
    const response = await serve({ open }, { method: 'HEAD' });
    expect([response.statusCode, response.headers['content-length'], response.body]).toEqual([200, '10', '']);
  });

  it.each(['text/html', 'image/svg+xml', 'application/pdf', 'application/xhtml+xml'])(
    'lets a browser save %s, not show it',
    async (mimeType) => {
      const { headers } = await serve({ mimeType });
      expect(headers['content-disposition']).toBe('attachment');
    },
  );

  it('passes on a file name without letting it break the header', async () => {
    const { headers } = await serve({ fileName: 'a"; filename=x\r\n é.png' });
    expect(headers['content-disposition']).toBe(
      `inline; filename="a__ filename_x__ _.png"; filename*=UTF-8''a%22%3B%20filename%3Dx%0D%0A%20%C3%A9.png`,
    );
  });

  it('answers a link that does not hold as JSON', async () => {
    const response = await serve(kernelErrors.NOT_FOUND());
    expect(response.statusCode).toBe(404);
    expect(response.json()).toMatchObject({ error: { code: 'NOT_FOUND', retryable: false } });
  });
});

describe('errors of plain routes', () => {
  async function fail(error: Error) {
    const app = await createApp();
    app.get('/fail', () => {
      throw error;
    });
    return app.inject('/fail');
  }

  const kinds = Object.entries(ERROR_KINDS) as [ErrorKind, { httpStatus: number; retryable: boolean }][];
  it.each(kinds.filter(([kind]) => kind !== 'INTERNAL_SERVER_ERROR'))(
    'gives %s its HTTP status',
    async (kind, { httpStatus, retryable }) => {
      const response = await fail(new AppError(kind, 'REASON', { message: 'said', data: { extra: 1 } }));
      expect(response.statusCode).toBe(httpStatus);
      expect(response.json()).toMatchObject({
        error: { code: kind, reason: 'REASON', message: 'said', retryable, extra: 1 },
      });
    },
  );

  it('masks what nobody declared', async () => {
    const response = await fail(new Error('password=hunter2'));
    expect(response.statusCode).toBe(500);
    expect(response.body).not.toContain('hunter2');
    expect(response.json()).toMatchObject({ error: { code: 'INTERNAL_SERVER_ERROR' } });
  });

  it('says that there is no such route', async () => {
    const response = await (await createApp()).inject('/nothing');
    expect(response.statusCode).toBe(404);
    expect(response.json()).toMatchObject({ error: { reason: 'ROUTE_NOT_FOUND' } });
  });
});

describe('who calls', () => {
  it('is named by trusted proxies alone', async () => {
    const app = await createApp();
    app.get('/ip', async (request) => request.ip);
    const ask = async (remoteAddress: string, forwarded: string): Promise<string> =>
      (await app.inject({ url: '/ip', remoteAddress, headers: { 'x-forwarded-for': forwarded } })).body;
    expect(await ask('10.1.1.1', '203.0.113.7, 10.2.2.2')).toBe('203.0.113.7');
    expect(await ask('::ffff:10.1.1.1', '203.0.113.7')).toBe('203.0.113.7');
    expect(await ask('198.51.100.1', '203.0.113.7')).toBe('198.51.100.1');
  });

  it('may be a page of an allowed origin', async () => {
    const app = await createApp();
    app.get('/x', async () => 'x');
    const allowed = async (origin: string): Promise<unknown> =>
      (await app.inject({ url: '/x', headers: { origin } })).headers['access-control-allow-origin'];
    expect(await allowed('https://crm.example.com')).toBe('https://crm.example.com');
    expect(await allowed('https://evil.example.com')).toBeUndefined();
  });
});
