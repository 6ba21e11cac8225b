import { fileTypeFromFile } from 'file-type';
import { essenceOf } from './media-limits.js';

const UNKNOWN = 'application/octet-stream';
/** These have a signature: a file that claims to be one but has none is not believed. */
const RECOGNISABLE = /^(image|audio|video)\//;
const CONTENT_TYPE = /^[a-z0-9!#$&^_.+-]{1,64}\/[a-z0-9!#$&^_.+-]{1,64}$/;

/** The content type of a file by its first bytes; what was declared counts only for formats without a signature. */
export async function detectContentType(path: string, declared: string | null): Promise<string> {
  const found = await fileTypeFromFile(path);
  if (found !== undefined) return essenceOf(found.mime);
  const essence = essenceOf(declared ?? '');
  return CONTENT_TYPE.test(essence) && !RECOGNISABLE.test(essence) ? essence : UNKNOWN;
}
