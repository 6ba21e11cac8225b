import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase } from '../../support/database.js';
import type { TestDatabase } from '../../support/database.js';
import { SampleContact, sampleEntities } from './support/sample-entities.js';
import { agencyContext, insertTenant } from './support/tenants.js';
import type { Tenant } from './support/tenants.js';

let db: TestDatabase;
let ours: Tenant;
beforeAll(async () => {
  db = await createTestDatabase({ entities: sampleEntities });
  ours = await insertTenant(db);
});
afterAll(() => db.drop());
describe('x', () => {
  test('works', async () => {
    const ctx = agencyContext(ours);
    const [s] = ours.subaccounts;
    if (!s) throw new Error();
    await db.database.write(ctx, async (tx) => {
      tx.em.persist(SampleContact.in(s, 'Ani'));
      tx.append({ topic: 'contact.created', subaccountId: s.id, payload: {}, alsoAgency: true });
      await Promise.resolve();
    });
    const found = await db.database.read(ctx, (em) => em.find(SampleContact, {}));
    expect(found.map((c) => c.displayName)).toEqual(['Ani']);
    expect(await db.query('select seq, topic, stream_id from event')).toHaveLength(2);
    expect(
      await db.database.callFunction(
        (await import('../../../src/kernel/system-context.js')).asSystem('x'),
        'list_agency_ids',
        [null, 10],
      ),
    ).toEqual([{ value: ours.agencyId }]);
  });
});
