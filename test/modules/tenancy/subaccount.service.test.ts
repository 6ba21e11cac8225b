import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../../src/kernel/ids.js';
import { encodeCursor } from '../../../src/kernel/page.js';
import type { Page } from '../../../src/kernel/page.js';
import { isTimezone } from '../../../src/modules/tenancy/timezone.policy.js';
import type { Subaccount } from '../../../src/modules/tenancy/index.js';
import { countRows, eventsOf, openIdentity } from '../identity/fixture.js';
import type { IdentityFixture } from '../identity/fixture.js';

let t: IdentityFixture;
beforeAll(async () => {
  t = await openIdentity();
});
afterAll(async () => {
  await t.close();
});

const client = (agencyId: string, more: object = {}) => ({
  agencyId,
  name: 'Warung Sari',
  timezone: 'Asia/Jakarta',
  requireBusinessAccount: true,
  ...more,
});

const namesOf = (page: Page<Subaccount>): string[] => page.items.map(({ node }) => node.name);

describe('createSubaccount', () => {
  it('stores what was asked and tells it in both streams', async () => {
    const agency = await t.newAgency();
    const created = await t.subaccounts.createSubaccount(agency.owner.ctx, client(agency.id));

    expect(await t.subaccounts.getSubaccount(agency.owner.ctx, created.id)).toMatchObject({
      agencyId: agency.id,
      name: 'Warung Sari',
      timezone: 'Asia/Jakarta',
      requireBusinessAccount: true,
    });
    const event = {
      topic: 'subaccount.created',
      payload: { subaccountId: created.id, name: 'Warung Sari' },
    };
    expect(await eventsOf(t.db, created.id)).toEqual([event]);
    expect(await eventsOf(t.db, agency.id)).toContainEqual(event);
  });

  it('answers twenty equal calls at once with one subaccount', async () => {
    const agency = await t.newAgency();
    const input = client(agency.id, { idempotencyKey: randomUUID() });
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => t.subaccounts.createSubaccount(agency.owner.ctx, input)),
    );

    expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
    expect(namesOf(await t.subaccounts.listSubaccounts(agency.owner.ctx, agency.id, {}, {}))).toEqual([
      'Warung Sari',
    ]);
  });

  it('refuses a used key with other input, and lets another agency use the same key', async () => {
    const [agency, other] = [await t.newAgency(), await t.newAgency()];
    const idempotencyKey = randomUUID();
    await t.subaccounts.createSubaccount(agency.owner.ctx, client(agency.id, { idempotencyKey }));

    await expect(
      t.subaccounts.createSubaccount(
        agency.owner.ctx,
        client(agency.id, { idempotencyKey, timezone: 'Asia/Makassar' }),
      ),
    ).rejects.toMatchObject({ kind: 'CONFLICT', reason: 'IDEMPOTENCY_KEY_REUSED' });
    await expect(
      t.subaccounts.createSubaccount(other.owner.ctx, client(other.id, { idempotencyKey })),
    ).resolves.toMatchObject({ agencyId: other.id });
  });

  it.each([
    ['input.name', { name: '   ' }],
    ['input.name', { name: 'x'.repeat(201) }],
    ['input.name', { name: 'a\u0000b' }],
    ['input.timezone', { timezone: 'Mars/Olympus' }],
    ['input.timezone', { timezone: '+07:00' }],
    ['input.idempotencyKey', { idempotencyKey: '' }],
    ['input.idempotencyKey', { idempotencyKey: 'a\u0000b' }],
  ])('names %s when it is wrong, and leaves no row (%j)', async (path, wrong) => {
    const agency = await t.newAgency();
    const before = await countRows(t.db);
    await expect(
      t.subaccounts.createSubaccount(agency.owner.ctx, client(agency.id, wrong)),
    ).rejects.toMatchObject({ kind: 'BAD_USER_INPUT', fields: [{ path }] });
    expect(await countRows(t.db)).toEqual(before);
  });

  it('does not know the agency of another tenant', async () => {
    const [agency, other] = [await t.newAgency(), await t.newAgency()];
    const before = await countRows(t.db);
    for (const agencyId of [other.id, newId()]) {
      await expect(t.subaccounts.createSubaccount(agency.owner.ctx, client(agencyId))).rejects.toMatchObject({
        reason: 'NOT_FOUND',
      });
    }
    await expect(t.subaccounts.createSubaccount(t.operator, client(newId()))).rejects.toMatchObject({
      reason: 'NOT_FOUND',
    });
    expect(await countRows(t.db)).toEqual(before);
  });

  it('refuses a caller that does not see the whole agency', async () => {
    const agency = await t.newAgency();
    const subaccount = await t.newSubaccount(agency);
    const admin = await t.newUser(agency, 'SUBACCOUNT_ADMIN', [subaccount]);
    await expect(t.subaccounts.createSubaccount(admin.ctx, client(agency.id))).rejects.toMatchObject({
      reason: 'ACTION_NOT_ALLOWED',
    });
  });

  it('lets the operator name the agency', async () => {
    const agency = await t.newAgency();
    const created = await t.subaccounts.createSubaccount(t.operator, client(agency.id));
    expect(await t.subaccounts.getSubaccount(t.operator, created.id)).toMatchObject({ id: created.id });
    expect(await t.subaccounts.findSubaccounts(t.operator, [created.id, newId()])).toHaveLength(1);
  });
});

describe('getSubaccount', () => {
  it('answers a foreign id and one outside the given subaccounts as an unknown one', async () => {
    const [agency, other] = [await t.newAgency(), await t.newAgency()];
    const [mine, hidden] = [await t.newSubaccount(agency), await t.newSubaccount(agency)];
    const foreign = await t.newSubaccount(other);
    const agent = await t.newUser(agency, 'AGENT', [mine]);

    expect(await t.subaccounts.getSubaccount(agent.ctx, mine.id)).toMatchObject({ id: mine.id });
    for (const id of [hidden.id, foreign.id, newId()]) {
      await expect(t.subaccounts.getSubaccount(agent.ctx, id)).rejects.toMatchObject({ reason: 'NOT_FOUND' });
    }
    expect(await t.subaccounts.findSubaccounts(agent.ctx, [hidden.id, foreign.id, mine.id])).toMatchObject([
      { id: mine.id },
    ]);
  });
});

describe('listSubaccounts', () => {
  it('pages through all of them, oldest first, each once', async () => {
    const agency = await t.newAgency();
    const names = ['a', 'b', 'c', 'd', 'e'];
    for (const name of names) await t.newSubaccount(agency, name);

    const seen: string[] = [];
    let after: string | undefined;
    for (let page = 0; page < 3; page += 1) {
      const got = await t.subaccounts.listSubaccounts(agency.owner.ctx, agency.id, { first: 2, after }, {});
      expect(got.hasNextPage).toBe(page < 2);
      expect(got.hasPreviousPage).toBe(page > 0);
      seen.push(...namesOf(got));
      after = got.items.at(-1)?.cursor;
    }
    expect(seen).toEqual(names);
  });

  it('finds by a part of the name in any case, taking wildcards literally', async () => {
    const agency = await t.newAgency();
    for (const name of ['Toko Maju', 'Warung maju', '100% Kopi', 'under_score']) {
      await t.newSubaccount(agency, name);
    }
    const find = async (name: string): Promise<string[]> =>
      namesOf(await t.subaccounts.listSubaccounts(agency.owner.ctx, agency.id, {}, { name }));

    expect(await find('MAJU')).toEqual(['Toko Maju', 'Warung maju']);
    expect(await find('%')).toEqual(['100% Kopi']);
    expect(await find('_')).toEqual(['under_score']);
    expect(await find('\\')).toEqual([]);
    expect(await find('ko\u0000pi')).toEqual(['100% Kopi']);
  });

  it('lists only what the caller may see', async () => {
    const [agency, other] = [await t.newAgency(), await t.newAgency()];
    const mine = await t.newSubaccount(agency, 'mine');
    await t.newSubaccount(agency, 'hidden');
    const viewer = await t.newUser(agency, 'VIEWER', [mine]);

    expect(namesOf(await t.subaccounts.listSubaccounts(viewer.ctx, agency.id, {}, {}))).toEqual(['mine']);
    await expect(t.subaccounts.listSubaccounts(viewer.ctx, other.id, {}, {})).rejects.toMatchObject({
      reason: 'NOT_FOUND',
    });
  });

  it.each([
    ['garbage', 'not a cursor'],
    ['a cursor of something else', encodeCursor(['x', 'y'])],
    ['a cursor that holds no id', encodeCursor(['x'])],
  ])('refuses %s as a cursor', async (_, after) => {
    const agency = await t.newAgency();
    await expect(
      t.subaccounts.listSubaccounts(agency.owner.ctx, agency.id, { after }, {}),
    ).rejects.toMatchObject({ reason: 'INVALID_CURSOR', fields: [{ path: 'after' }] });
  });

  it.each([0, -1, 101, 1.5])('refuses %s items a page', async (first) => {
    const agency = await t.newAgency();
    await expect(
      t.subaccounts.listSubaccounts(agency.owner.ctx, agency.id, { first }, {}),
    ).rejects.toMatchObject({ kind: 'BAD_USER_INPUT', fields: [{ path: 'first' }] });
  });
});

describe('a time zone', () => {
  it.each([
    ['UTC', true],
    ['Asia/Jakarta', true],
    ['America/Argentina/Buenos_Aires', true],
    ['', false],
    ['Jakarta', false],
    ['+07:00', false],
    ['Asia/Jakarta; drop table agency', false],
  ])('%j is valid: %s', (name, valid) => {
    expect(isTimezone(name)).toBe(valid);
  });
});
