import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { entities } from '../../../../src/app/entities.js';
import { systemClock } from '../../../../src/kernel/clock.js';
import { Context } from '../../../../src/kernel/context.js';
import { newId } from '../../../../src/kernel/ids.js';
import {
  ContactDirectory,
  ContactNoteService,
  ContactReader,
  ContactService,
} from '../../../../src/modules/contact/index.js';
import { DealMerge } from '../../../../src/modules/pipeline/index.js';
import { createTestDatabase } from '../../../support/database.js';
import type { TestDatabase } from '../../../support/database.js';
import { DEFAULT_PLAN } from '../../../support/catalogue.js';

const PHONE = '6281200000001';
const LID = '100200300@lid';
/** How one person shows up: by a message that tells the one, the other or both, or because people name the number. */
const SIGHTS = {
  phone: { phoneNumber: PHONE, lid: null },
  lid: { phoneNumber: null, lid: LID },
  both: { phoneNumber: PHONE, lid: LID },
} as const;
type Sight = keyof typeof SIGHTS | 'upsert';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase({ entities, poolSize: 15 });
});
afterAll(() => db.drop());

/** Each inner list happens at once. */
const arrivals = fc.array(
  fc.array(fc.constantFrom<Sight>('phone', 'lid', 'both', 'upsert'), { minLength: 1, maxLength: 4 }),
  { minLength: 1, maxLength: 5 },
);

test('a person is one contact after any interleaving of number and LID, with all that people knew', async () => {
  await fc.assert(
    fc.asyncProperty(arrivals, async (batches) => {
      const place = await createPlace();
      const seen = new Set<string>();
      for (const [index, batch] of batches.entries()) {
        const ids = await Promise.all(batch.map((sight) => place.see(sight)));
        for (const id of ids) seen.add(id);
        const { id } = await place.reader.get(place.ctx, ids[0] ?? '');
        await place.contacts.addTag(place.ctx, id, `tag ${index}`);
        await place.notes.add(place.ctx, id, `note ${index}`);
        await place.addDeal(id);
      }
      // Number and LID are seen together at last, whatever was seen before.
      seen.add(await place.see('both'));
      const rows = await place.rows();
      expect(rows.contacts).toEqual([{ id: expect.any(String) as string, phone_number: PHONE }]);
      const id = rows.contacts[0]?.id ?? '';
      expect(rows.identities).toEqual([
        { kind: 'LID', contact_id: id },
        { kind: 'PHONE', contact_id: id },
      ]);
      expect(rows.tags).toEqual(batches.map((_, index) => ({ tag: `tag ${index}`, contact_id: id })));
      expect(rows.notes).toEqual(batches.map((_, index) => ({ body: `note ${index}`, contact_id: id })));
      expect(rows.deals).toEqual(batches.map(() => ({ contact_id: id })));
      // Every id that anybody ever saw leads to the person.
      for (const old of seen) expect((await place.reader.get(place.ctx, old)).id).toBe(id);
      const merged = [...seen].filter((old) => old !== id).sort();
      expect(rows.merges.map((merge) => merge.merged_contact_id)).toEqual(expect.arrayContaining(merged));
      expect(rows.merged).toBe(rows.merges.length);
    }),
    { numRuns: 40 },
  );
}, 120_000);

async function createPlace() {
  const tenant = { agencyId: newId(), subaccountId: newId() };
  const { agencyId, subaccountId } = tenant;
  const ctx = Context.forJob('test', tenant);
  const [pipelineId, stageId] = [newId(), newId()];
  await db.query(`insert into agency (id, name, created_at) values ($1, 'A', now())`, [agencyId]);
  await db.query(
    `insert into subaccount (id, agency_id, plan_id, name, timezone, require_business_account, created_at)
     values ($1, $2, ${DEFAULT_PLAN}, 'S', 'UTC', false, now())`,
    [subaccountId, agencyId],
  );
  await db.query(
    `insert into pipeline (id, agency_id, subaccount_id, name, created_at, updated_at) values ($1, $2, $3, 'P', now(), now())`,
    [pipelineId, agencyId, subaccountId],
  );
  await db.query(
    `insert into pipeline_stage (id, agency_id, subaccount_id, pipeline_id, name, kind, position, created_at)
     values ($1, $2, $3, $4, 'S', 'OPEN', 0, now())`,
    [stageId, agencyId, subaccountId, pipelineId],
  );
  const { database } = db;
  const clock = systemClock;
  const directory = new ContactDirectory({ clock, references: [new DealMerge(clock)] });
  const contacts = new ContactService({
    database,
    clock,
    directory,
    wishes: { respect: async () => undefined },
  });
  const own = (text: string) => db.query<Record<string, string>>(text, [subaccountId]);
  let deals = 0;
  return {
    ctx,
    contacts,
    reader: new ContactReader({ database }),
    notes: new ContactNoteService({ database, clock }),
    async see(sight: Sight): Promise<string> {
      if (sight === 'upsert') {
        return (await contacts.upsert(ctx, { subaccountId, phoneNumber: PHONE })).contact.id;
      }
      return (await database.write(ctx, (tx) => directory.resolve(tx, tenant, SIGHTS[sight]))).id;
    },
    addDeal: (contactId: string) =>
      db.query(
        `insert into deal (id, agency_id, subaccount_id, pipeline_id, stage_id, status, rank, title, contact_id, version,
           created_at, updated_at) values ($1, $2, $3, $4, $5, 'OPEN', $6, 'D', $7, 1, now(), now())`,
        [newId(), agencyId, subaccountId, pipelineId, stageId, `a${(deals += 1)}`, contactId],
      ),
    rows: async () => ({
      contacts: await own('select id, phone_number from contact where subaccount_id = $1'),
      identities: await own(
        'select kind, contact_id from contact_identity where subaccount_id = $1 order by kind',
      ),
      tags: await own('select tag, contact_id from contact_tag where subaccount_id = $1 order by tag'),
      notes: await own('select body, contact_id from contact_note where subaccount_id = $1 order by body'),
      deals: await own('select contact_id from deal where subaccount_id = $1'),
      merges: await own(
        'select merged_contact_id from contact_merge where subaccount_id = $1 order by merged_contact_id',
      ),
      merged: (await own(`select seq from event where stream_id = $1 and topic = 'contact.merged'`)).length,
    }),
  };
}
