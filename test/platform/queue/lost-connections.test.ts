import { expect, it } from 'vitest';
import { openQueuePool } from '../../../src/platform/queue/postgres-broker.js';
import { asRole, copyTemplate, silentLogger } from '../../support/database.js';

it('outlives the loss of a connection that is out and has nothing to do', async () => {
  const { owner, app, drop } = await copyTemplate();
  const pool = openQueuePool(app, silentLogger);
  const client = await pool.connect();
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  const ended = new Promise((resolve) => client.once('end', resolve));
  // An error that nobody listens to ends the process; vitest says so.
  await asRole(owner, (administrator) =>
    administrator.query('select pg_terminate_backend($1)', [rows[0]?.pid]),
  );
  await ended;
  client.release();
  expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  await pool.end();
  await drop();
});
