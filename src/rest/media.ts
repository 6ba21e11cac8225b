import type { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';

/** What a signed link points at. */
export interface ServedMedia {
  readonly stream: Readable;
  readonly mimeType: string;
  readonly sizeBytes: number;
  readonly fileName: string | null;
}

/** Opens what a signed path and query point at; throws NOT_FOUND for anything that was not signed, or no longer is. */
interface MediaSource {
  open(signedPath: string): Promise<ServedMedia>;
}

/** These a browser may show; everything else is only saved, since it could carry scripts. */
const SHOWN = /^(?:image\/(?:png|jpeg|gif|webp)|audio\/[\w.+-]+|video\/[\w.+-]+)$/;

/** `GET /media/…`: files by signed link, without a token. */
export function registerMedia(app: FastifyInstance, source: MediaSource): void {
  app.get('/media/*', async (request, reply) => {
    const media = await source.open(request.url);
    return reply
      .headers({
        'content-type': media.mimeType,
        'content-length': media.sizeBytes,
        'content-disposition': dispositionOf(media),
        'cache-control': 'private, no-store',
        'content-security-policy': "default-src 'none'; sandbox",
        'cross-origin-resource-policy': 'cross-origin',
      })
      .send(media.stream);
  });
}

/** RFC 6266: an ASCII name for old clients and the real one beside it. */
function dispositionOf({ mimeType, fileName }: ServedMedia): string {
  const kind = SHOWN.test(mimeType) ? 'inline' : 'attachment';
  if (fileName === null) return kind;
  const ascii = fileName.replace(/[^\w.() -]/g, '_');
  const encoded = encodeURIComponent(fileName).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${kind}; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}
