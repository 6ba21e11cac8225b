import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Context } from '../../../src/kernel/context.js';
import { GatheredQuestion } from '../../../src/platform/database/gathered-question.js';
import { createTestDatabase } from '../../support/database.js';
import type { TestDatabase } from '../../support/database.js';
import { sampleEntities } from './support/sample-entities.js';
import { insertTenant } from './support/tenants.js';
import type { SubaccountRows } from './support/tenants.js';

let db: TestDatabase;
let one: SubaccountRows;
let other: SubaccountRows;
let asked: (readonly number[])[];
let question: GatheredQuestion<number, string>;

/** Answers with the transaction that it was asked in. */
async function answer(em: SqlEntityManager, keys: readonly number[]): Promise<string[]> {
  asked.push(keys);
  const [row] = await em.execute<{ tx: string }[]>('select txid_current()::text as tx');
  return keys.map((key) => `${key} in ${row?.tx ?? ''}`);
}

beforeAll(async () => {
  db = await createTestDatabase({ entities: sampleEntities });
  [one, other] = (await insertTenant(db)).subaccounts;
});
afterAll(() => db.drop());
beforeEach(() => {
  asked = [];
  question = new GatheredQuestion(answer);
});

const contextOf = ({ deviceIds: [id], agencyId, id: subaccountId }: SubaccountRows): Context =>
  Context.forDevice({ id, agencyId, subaccountId });
const shareAsking = (place: SubaccountRows, key: number): Promise<string> =>
  db.database.share(contextOf(place), (tx) => question.of(tx.em, key));
const askAlone = (key: number): Promise<string> =>
  db.database.write(contextOf(one), (tx) => question.of(tx.em, key));

test('what works that share a transaction ask in the same turn is asked once, and each gets its own answer', async () => {
  const answers = await Promise.all([shareAsking(one, 1), shareAsking(other, 2), shareAsking(one, 3)]);
  expect(asked).toEqual([[1, 2, 3]]);
  expect(answers.map((each) => each.split(' ')[0])).toEqual(['1', '2', '3']);
  expect(new Set(answers.map((each) => each.split(' ')[2])).size).toBe(1);
});

test('what different transactions ask is asked in each of them', async () => {
  const answers = await Promise.all([askAlone(1), askAlone(2)]);
  expect(asked.toSorted()).toEqual([[1], [2]]);
  expect(new Set(answers.map((each) => each.split(' ')[2])).size).toBe(2);
});

test('nothing is remembered: what is asked again later is looked up again', async () => {
  await db.database.write(contextOf(one), async (tx) => {
    await question.of(tx.em, 1);
    await question.of(tx.em, 1);
  });
  expect(asked).toEqual([[1], [1]]);
});

test('what is more than may be asked at once is asked in parts', async () => {
  question = new GatheredQuestion(answer, { atMost: 2 });
  await Promise.all([shareAsking(one, 1), shareAsking(one, 2), shareAsking(one, 3)]);
  expect(asked).toEqual([[1, 2], [3]]);
});

test('when the answer fails all who asked are told, and nobody else', async () => {
  question = new GatheredQuestion(async (em, keys) => {
    if (keys.includes(13)) throw new Error('thirteen');
    return answer(em, keys);
  });
  const outcomes = await Promise.allSettled([shareAsking(one, 12), shareAsking(one, 13)]);
  // The transaction was given up, and each was tried alone.
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
});
