import type { FastifyInstance } from 'fastify';

/** Opens what a signed path and query point at; throws NOT_FOUND for anything that was not signed, or no longer is. */
interface QrSource {
  open(signedPath: string): Promise<Buffer>;
}

/** `GET /qr/…`: the picture of a QR code by signed link, without a token. Nobody may keep it: whoever scans it owns the device. */
export function registerQr(app: FastifyInstance, source: QrSource): void {
  app.get('/qr/*', async (request, reply) =>
    reply
      .headers({
        'content-type': 'image/png',
        'cache-control': 'no-store',
        'content-security-policy': "default-src 'none'; sandbox",
        'cross-origin-resource-policy': 'cross-origin',
      })
      .send(await source.open(request.url)),
  );
}
