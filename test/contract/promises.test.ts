import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

interface Row {
  readonly promise: string;
  readonly file: string;
  readonly note: string;
}

const range = (letter: string, last: number): string[] =>
  Array.from({ length: last }, (_, index) => `${letter}${String(index + 1)}`);
const PROMISES = [...range('W', 41), ...range('P', 21), ...range('F', 20), ...range('Z', 15)];

function readTable(): Row[] {
  const text = readFileSync('src/README.md', 'utf8');
  const [, table = ''] = /<!-- promises -->([\s\S]*)<!-- \/promises -->/.exec(text) ?? [];
  return table
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .filter(([, promise = '']) => /^[WPFZ]\d+$/.test(promise))
    .map(([, promise = '', file = '', note = '']) => ({ promise, file, note }));
}

const rows = readTable();

describe('the table of promises', () => {
  it('has each of them once', () => {
    expect(rows.map(({ promise }) => promise)).toEqual(PROMISES);
  });

  it.each(rows)('$promise has a test in $file, or a reason', ({ promise, file, note }) => {
    if (file === '—') {
      expect(note.length).toBeGreaterThan(20);
      return;
    }
    expect(existsSync(file)).toBe(true);
    const test = readFileSync(file, 'utf8');
    if (note === '') expect(test).toMatch(new RegExp(`'[^'\\n]*\\b${promise}\\b`));
    else expect(test).toContain(note);
  });
});
