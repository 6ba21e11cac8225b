import { afterAll, beforeAll, expect, test } from 'vitest';
import { asSystem } from '../../../src/kernel/system-context.js';
import { PreparedStatement } from '../../../src/platform/database/prepared-statement.js';
import { createTestDatabase } from '../../support/database.js';
import type { TestDatabase } from '../../support/database.js';

const ctx = asSystem('prepared statements');
let db: TestDatabase;

beforeAll(async () => {
  db = await createTestDatabase({ entities: [], poolSize: 1 });
});

afterAll(() => db.drop());

test('a prepared statement is planned once by a connection and runs with other values', async () => {
  const double = new PreparedStatement<{ value: number }>('test_double', 'select $1::int * 2 as value');
  const values = [1, 2, 3].map((value) => db.database.read(ctx, (em) => double.run(em, [value])));
  expect((await Promise.all(values)).flat()).toEqual([{ value: 2 }, { value: 4 }, { value: 6 }]);

  const kept = await db.database.read(ctx, (em) =>
    em.execute<{ runs: string }[]>(
      `select generic_plans + custom_plans as runs from pg_prepared_statements where name = 'test_double'`,
    ),
  );
  expect(kept).toEqual([{ runs: '3' }]);
});

test('two statements cannot share a name', () => {
  const declare = (text: string) => new PreparedStatement('test_twice', text);
  declare('select 1');
  expect(() => declare('select 2')).toThrow('two statements are called test_twice');
});
