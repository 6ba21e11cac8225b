import { configTable } from '../../src/config/variables.js';

const START = '<!-- variables -->';
const END = '<!-- /variables -->';

/** The README with the table of environment variables made anew from the code. */
export function withVariablesTable(readme: string): string {
  const [before, rest] = readme.split(START);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`README.md has lost its ${START} markers`);
  return `${before}${START}\n\n${configTable()}\n\n${END}${after}`;
}
