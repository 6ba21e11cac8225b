import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';

/** Reads a password without echo from the terminal, or the first line of standard input when it is a pipe. */
export async function readPassword(question: string): Promise<string> {
  const interactive = process.stdin.isTTY;
  if (interactive) process.stderr.write(question);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: interactive });
  try {
    return await lines.question('');
  } finally {
    lines.close();
    if (interactive) process.stderr.write('\n');
  }
}
