/**
 * `npm run check:drift`: fails when a generated file or the database schema has drifted from the code.
 * `npm run generate` (this with --write) makes the generated files anew.
 */
import { refreshGeneratedFiles } from './generated-files.js';
import { findSchemaDrift } from './schema-drift.js';

const write = process.argv.includes('--write');
const stale = await refreshGeneratedFiles(write);
if (write) {
  process.stdout.write(stale.length === 0 ? 'Everything was up to date.\n' : `Wrote ${stale.join(', ')}\n`);
} else {
  const problems = [
    ...stale.map((path) => `${path} is out of date; run: npm run generate`),
    ...(await findSchemaDrift()),
  ];
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
