import { createInterface, type Interface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { CliError } from './cli-error.js';

/** Reads a new password: twice and without echo from the terminal, or as the first line of standard input when that is a pipe. */
export async function readNewPassword(owner: string): Promise<string> {
  const interactive = process.stdin.isTTY;
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: interactive });
  try {
    if (!interactive) return await readLine(lines);
    const password = await ask(lines, `Password for ${owner}: `);
    if ((await ask(lines, 'The same again: ')) !== password) throw new CliError('The two passwords differ.');
    return password;
  } finally {
    lines.close();
  }
}

async function ask(lines: Interface, question: string): Promise<string> {
  process.stderr.write(question);
  try {
    return await readLine(lines);
  } finally {
    process.stderr.write('\n');
  }
}

/** A question that is never answered, because input ended or Ctrl-C was pressed, would wait for ever. */
function readLine(lines: Interface): Promise<string> {
  return new Promise((resolve, reject) => {
    const closed = (): void =>
      reject(
        new CliError('No password was given; type it, or pipe it in: echo "$PASSWORD" | npx trunkline …'),
      );
    lines.once('close', closed);
    lines.once('line', (line) => {
      lines.off('close', closed);
      resolve(line);
    });
  });
}
