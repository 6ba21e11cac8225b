import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../../../src/kernel/clock.js';
import { Context } from '../../../../src/kernel/context.js';
import { newId } from '../../../../src/kernel/ids.js';
import { ContactDirectory } from '../../../../src/modules/contact/identity/contact.directory.js';
import type { PersonFacts } from '../../../../src/modules/contact/identity/contact.directory.js';
import { Contact } from '../../../../src/modules/contact/contact.entity.js';
import { ContactMerge } from '../../../../src/modules/contact/identity/contact-merge.entity.js';
import { createTestDatabase } from '../../../support/database.js';
import type { TestDatabase } from '../../../support/database.js';
import { DEFAULT_PLAN } from '../../../support/catalogue.js';

const PHONE = '6281200000001';
const LID = '100200300@lid';

let db: TestDatabase;
let tenant: { agencyId: string; subaccountId: string };
let ctx: Context;
const moved: [string, string][] = [];
const directory = new ContactDirectory({
  clock: systemClock,
  references: [
    {
      moveContact: async (_tx, from, into) => {
        moved.push([from.id, into.id]);
      },
    },
  ],
});

beforeAll(async () => {
  db = await createTestDatabase({ entities: [Contact, ContactMerge] });
});
afterAll(() => db.drop());

beforeEach(async () => {
  tenant = { agencyId: newId(), subaccountId: newId() };
  ctx = Context.forJob('test', tenant);
  moved.length = 0;
  await db.query(`insert into agency (id, name, created_at) values ($1, 'A', now())`, [tenant.agencyId]);
  await db.query(
    `insert into subaccount (id, agency_id, plan_id, name, timezone, require_business_account, created_at)
     values ($1, $2, ${DEFAULT_PLAN}, 'S', 'UTC', false, now())`,
    [tenant.subaccountId, tenant.agencyId],
  );
});

async function resolve(person: PersonFacts): Promise<string> {
  const contact = await db.database.write(ctx, (tx) => directory.resolve(tx, tenant, person));
  return contact.id;
}

const contacts = () =>
  db.query<{ id: string; phone_number: string | null; push_name: string | null }>(
    'select id, phone_number, push_name from contact where subaccount_id = $1 order by id',
    [tenant.subaccountId],
  );
const identities = () =>
  db.query<{ kind: string; value: string; contact_id: string }>(
    'select kind, value, contact_id from contact_identity where subaccount_id = $1 order by kind, value',
    [tenant.subaccountId],
  );
const topics = async () =>
  (
    await db.query<{ topic: string }>('select topic from event where stream_id = $1 order by seq', [
      tenant.subaccountId,
    ])
  ).map((row) => row.topic);

describe('a person that writes for the first time', () => {
  test('becomes a contact with every identity that is known', async () => {
    const id = await resolve({ phoneNumber: PHONE, lid: LID, pushName: 'Ani' });

    expect(await contacts()).toEqual([{ id, phone_number: PHONE, push_name: 'Ani' }]);
    expect(await identities()).toEqual([
      { kind: 'LID', value: LID, contact_id: id },
      { kind: 'PHONE', value: PHONE, contact_id: id },
    ]);
    expect(await topics()).toEqual(['contact.created']);
  });

  test('is one contact when 20 messages arrive at once', async () => {
    const ids = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        resolve({ phoneNumber: index % 3 === 0 ? null : PHONE, lid: index % 3 === 1 ? null : LID }),
      ),
    );

    const [contact, ...others] = await contacts();
    expect(others).toEqual([]);
    expect(await identities()).toHaveLength(2);
    expect(ids).toContain(contact?.id);
  });
});

describe('a person that is known', () => {
  test('is found by either identity, and nothing is told when nothing is new', async () => {
    const id = await resolve({ phoneNumber: PHONE, lid: LID });

    expect(await resolve({ phoneNumber: PHONE, lid: null })).toBe(id);
    expect(await resolve({ phoneNumber: null, lid: LID })).toBe(id);
    expect(await resolve({ phoneNumber: PHONE, lid: LID })).toBe(id);
    expect(await topics()).toEqual(['contact.created']);
  });

  test('gets the missing identity and the name from a later message', async () => {
    const id = await resolve({ phoneNumber: null, lid: LID });
    expect(await resolve({ phoneNumber: PHONE, lid: LID, pushName: 'Ani' })).toBe(id);

    expect(await contacts()).toEqual([{ id, phone_number: PHONE, push_name: 'Ani' }]);
    expect(await topics()).toEqual(['contact.created', 'contact.updated']);
  });

  test('keeps the contact when the number changes, and can still be found by the old one', async () => {
    const id = await resolve({ phoneNumber: PHONE, lid: LID });
    expect(await resolve({ phoneNumber: '6281200000002', lid: LID })).toBe(id);

    expect((await contacts())[0]?.phone_number).toBe('6281200000002');
    expect(await resolve({ phoneNumber: PHONE, lid: null })).toBe(id);
  });
});

describe('two contacts that turn out to be one person', () => {
  test('become the older one, which takes over names, identities and references', async () => {
    const older = await resolve({ phoneNumber: PHONE, lid: null });
    const younger = await resolve({ phoneNumber: null, lid: LID, pushName: 'Ani' });

    expect(await resolve({ phoneNumber: PHONE, lid: LID })).toBe(older);
    expect(await contacts()).toEqual([{ id: older, phone_number: PHONE, push_name: 'Ani' }]);
    expect((await identities()).map((row) => row.contact_id)).toEqual([older, older]);
    expect(moved).toEqual([[younger, older]]);
  });

  test('become one also when many messages prove it at once', async () => {
    const older = await resolve({ phoneNumber: PHONE, lid: null });
    await resolve({ phoneNumber: null, lid: LID });

    const ids = await Promise.all(
      Array.from({ length: 10 }, () => resolve({ phoneNumber: PHONE, lid: LID })),
    );
    expect(new Set(ids)).toEqual(new Set([older]));
    expect(await contacts()).toHaveLength(1);
  });
});

describe('a number that went to another account', () => {
  test('moves to a new contact, and the histories stay apart', async () => {
    const former = await resolve({ phoneNumber: PHONE, lid: LID });
    const present = await resolve({ phoneNumber: PHONE, lid: '999@lid' });

    expect(present).not.toBe(former);
    expect(await contacts()).toEqual([
      { id: former, phone_number: null, push_name: null },
      { id: present, phone_number: PHONE, push_name: null },
    ]);
    expect(await resolve({ phoneNumber: null, lid: LID })).toBe(former);
    expect(moved).toEqual([]);
  });

  test('moves to the contact that has the other account already', async () => {
    const former = await resolve({ phoneNumber: PHONE, lid: LID });
    const other = await resolve({ phoneNumber: null, lid: '999@lid' });

    expect(await resolve({ phoneNumber: PHONE, lid: '999@lid' })).toBe(other);
    expect(await resolve({ phoneNumber: PHONE, lid: null })).toBe(other);
    expect(await contacts()).toHaveLength(2);
    expect(former).not.toBe(other);
  });
});

test('the same number is another contact in another subaccount', async () => {
  const first = await resolve({ phoneNumber: PHONE, lid: LID });
  const other = { ...tenant, subaccountId: newId() };
  await db.query(
    `insert into subaccount (id, agency_id, plan_id, name, timezone, require_business_account, created_at)
     values ($1, $2, ${DEFAULT_PLAN}, 'T', 'UTC', false, now())`,
    [other.subaccountId, other.agencyId],
  );
  const second = await db.database.write(Context.forJob('test', other), (tx) =>
    directory.resolve(tx, other, { phoneNumber: PHONE, lid: LID }),
  );
  expect(second.id).not.toBe(first);
});
