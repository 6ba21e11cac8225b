/** A server that starts the embedded PostgreSQL in the folder given as argument, says so, and then only lives. */
import { startEmbeddedPostgres } from '../../../../src/platform/embedded-postgres/embedded-postgres.js';

const [, , dataDir = ''] = process.argv;
const postgres = await startEmbeddedPostgres({ dataDir, settings: { fsync: 'off' } });
process.stdout.write(`${postgres.pid}\n`);
