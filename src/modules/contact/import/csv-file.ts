import { pipeline, Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { BulkFailed } from '../bulk/bulk-run.js';

const MAX_RECORD_CHARACTERS = 100_000;
const DELIMITERS = [',', ';', '\t'] as const;

/** The records of a CSV file, the header first. Comma, semicolon or tab, whichever it uses. Throws FILE_NOT_UTF8, FILE_MALFORMED. */
export async function* readCsv(file: Readable): AsyncGenerator<readonly string[], void, undefined> {
  const chunks = assertUtf8(file);
  const first = await chunks.next();
  if (first.done === true) return;
  const records = parse({
    bom: true,
    delimiter: delimiterOf(first.value),
    relax_column_count: true,
    max_record_size: MAX_RECORD_CHARACTERS,
  });
  pipeline(Readable.from(startingWith(first.value, chunks)), records, () => undefined);
  try {
    // PostgreSQL stores no U+0000.
    for await (const record of records) yield (record as string[]).map((cell) => cell.replaceAll('\0', ''));
  } catch (error) {
    throw error instanceof CsvError ? new BulkFailed('FILE_MALFORMED') : error;
  }
}

/** The one that the header has most of. What the library guesses from later rows is misled by texts. */
function delimiterOf(start: Buffer): string {
  const [header = ''] = start.toString('utf8').split(/[\r\n]/, 1);
  const count = (delimiter: string): number => header.split(delimiter).length;
  return DELIMITERS.reduce((best, each) => (count(each) > count(best) ? each : best));
}

/** Spreadsheets write other encodings too, which would make other names of people's names. */
async function* assertUtf8(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const check = (chunk?: Buffer): void => {
    try {
      decoder.decode(chunk, { stream: chunk !== undefined });
    } catch {
      throw new BulkFailed('FILE_NOT_UTF8');
    }
  };
  for await (const chunk of chunks) {
    check(chunk);
    yield chunk;
  }
  check();
}

async function* startingWith(
  first: Buffer,
  rest: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer, void, undefined> {
  yield first;
  yield* rest;
}
