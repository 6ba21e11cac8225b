import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import parseRange from 'range-parser';

/** What a signed link points at. */
export interface ServedMedia {
  readonly mimeType: string;
  readonly sizeBytes: number;
  /** Names the bytes. */
  readonly sha256: string;
  readonly fileName: string | null;
  /** Both ends included; all without a range. */
  open(range?: { readonly start: number; readonly end: number }): Promise<Readable>;
}

/** Finds what a signed path and query point at; throws for anything that was not signed, or no longer is. */
interface MediaSource {
  find(signedPath: string): Promise<ServedMedia>;
}

/** These a browser may show; everything else is only saved, since it could carry scripts. */
const SHOWN = /^(?:image\/(?:png|jpeg|gif|webp)|audio\/[\w.+-]+|video\/[\w.+-]+)$/;

type Part = { readonly start: number; readonly end: number } | 'ALL' | 'UNSATISFIABLE';

/** `GET /media/…`: files by signed link, without a token, also in parts, so that players can seek. */
export function registerMedia(app: FastifyInstance, source: MediaSource): void {
  app.get('/media/*', async (request, reply) => {
    const media = await source.find(request.url);
    describe(reply, media);
    const part = partOf(request, media);
    if (part === 'UNSATISFIABLE') {
      return reply.code(416).header('content-range', `bytes */${media.sizeBytes}`).send();
    }
    if (part === 'ALL') {
      void reply.header('content-length', media.sizeBytes);
    } else {
      const { start, end } = part;
      void reply
        .code(206)
        .header('content-range', `bytes ${start}-${end}/${media.sizeBytes}`)
        .header('content-length', end - start + 1);
    }
    // Nothing is read for who only asks how large it is. The length of what is no stream would be taken for that of the file.
    if (request.method === 'HEAD') return reply.send(Readable.from([]));
    return reply.send(await (part === 'ALL' ? media.open() : media.open(part)));
  });
}

function describe(reply: FastifyReply, media: ServedMedia): void {
  void reply.headers({
    'content-type': media.mimeType,
    'content-disposition': dispositionOf(media),
    'accept-ranges': 'bytes',
    etag: etagOf(media),
    'cache-control': 'private, no-store',
    'content-security-policy': "default-src 'none'; sandbox",
    'cross-origin-resource-policy': 'cross-origin',
  });
}

/** RFC 9110: one range is answered as such; several, or one of another version of the file, with all of it. */
function partOf({ headers }: FastifyRequest, media: ServedMedia): Part {
  const { range, 'if-range': ifRange } = headers;
  if (range === undefined || (ifRange !== undefined && ifRange !== etagOf(media))) return 'ALL';
  const ranges = parseRange(media.sizeBytes, range, { combine: true });
  if (ranges === -1) return 'UNSATISFIABLE';
  if (ranges === -2 || ranges.type !== 'bytes') return 'ALL';
  const [first, ...others] = ranges;
  return first === undefined || others.length > 0 ? 'ALL' : first;
}

function etagOf({ sha256 }: ServedMedia): string {
  return `"${sha256}"`;
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
