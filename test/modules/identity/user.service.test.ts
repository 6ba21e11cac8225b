import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Role } from '../../../src/kernel/access.js';
import { newId } from '../../../src/kernel/ids.js';
import { countRows, eventsOf, openIdentity, PASSWORD, uniqueEmail } from './fixture.js';
import type { IdentityFixture, TestAgency } from './fixture.js';

let t: IdentityFixture;
beforeAll(async () => {
  t = await openIdentity();
});
afterAll(async () => {
  await t.close();
});

describe('createAgency', () => {
  const newAgency = (more: object = {}) => ({
    name: 'Studio Sinar',
    ownerEmail: uniqueEmail(),
    ownerPassword: PASSWORD,
    ...more,
  });

  it('makes the agency and its owner together', async () => {
    const { agency, owner } = await t.founding.createAgency(t.operator, newAgency());

    expect(owner.role).toBe('AGENCY_OWNER');
    expect(await t.agencies.getAgency(t.operator, agency.id)).toMatchObject({ name: 'Studio Sinar' });
    expect((await eventsOf(t.db, agency.id)).map(({ topic }) => topic)).toEqual([
      'agency.created',
      'user.created',
    ]);
    const [row] = await t.db.query<{ password_hash: string }>(
      'select password_hash from app_user where id = $1',
      [owner.user.id],
    );
    expect(row?.password_hash).toMatch(/^\$argon2id\$/);
  });

  it('answers ten equal calls at once with one agency and owner', async () => {
    const input = newAgency({ idempotencyKey: randomUUID() });
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => t.founding.createAgency(t.operator, input)),
    );
    expect(new Set(answers.map(({ agency }) => agency.id)).size).toBe(1);
    expect(new Set(answers.map(({ owner }) => owner.user.id)).size).toBe(1);
    expect(await t.db.query('select 1 from app_user where email = $1', [input.ownerEmail])).toHaveLength(1);
  });

  it.each([{ name: 'Another' }, { ownerPassword: 'another password' }, { ownerEmail: 'b@example.com' }])(
    'refuses a used key with other input: %j',
    async (other) => {
      const input = newAgency({ idempotencyKey: randomUUID() });
      await t.founding.createAgency(t.operator, input);
      const before = await countRows(t.db);
      await expect(t.founding.createAgency(t.operator, { ...input, ...other })).rejects.toMatchObject({
        reason: 'IDEMPOTENCY_KEY_REUSED',
      });
      expect(await countRows(t.db)).toEqual(before);
    },
  );

  it.each([
    ['input.name', { name: '' }],
    ['input.ownerEmail', { ownerEmail: 'not an address' }],
    ['input.ownerEmail', { ownerEmail: `${'a'.repeat(250)}@example.com` }],
    ['input.ownerPassword', { ownerPassword: 'eleven char' }],
    ['input.ownerPassword', { ownerPassword: 'x'.repeat(1025) }],
  ])('names %s when it is wrong, and leaves no row (%j)', async (path, wrong) => {
    const before = await countRows(t.db);
    await expect(t.founding.createAgency(t.operator, newAgency(wrong))).rejects.toMatchObject({
      kind: 'BAD_USER_INPUT',
      fields: [{ path }],
    });
    expect(await countRows(t.db)).toEqual(before);
  });

  it('says how long a password must be', async () => {
    await expect(t.founding.createAgency(t.operator, newAgency({ ownerPassword: 'short' }))).rejects.toThrow(
      'at least 12 characters',
    );
  });
});

describe('createUser', () => {
  const newUser = (agency: TestAgency, more: object = {}) => ({
    agencyId: agency.id,
    email: uniqueEmail(),
    password: PASSWORD,
    role: 'AGENCY_ADMIN' as Role,
    subaccountIds: [] as string[],
    ...more,
  });

  it('gives the subaccounts named, and tells it in the stream of the agency', async () => {
    const agency = await t.newAgency();
    const [a, b] = [await t.newSubaccount(agency), await t.newSubaccount(agency)];
    await t.newSubaccount(agency);
    const { user } = await t.users.createUser(
      agency.owner.ctx,
      newUser(agency, { role: 'AGENT', subaccountIds: [a.id, b.id, a.id] }),
    );

    const [given] = await t.users.listGivenSubaccounts(agency.owner.ctx, [user]);
    expect(given?.map(({ subaccount }) => subaccount.id)).toEqual([a.id, b.id]);
    expect(await eventsOf(t.db, agency.id)).toContainEqual({
      topic: 'user.created',
      payload: { userId: user.id, role: 'AGENT' },
    });
  });

  it('keeps an address unique within the agency, whatever its case, but not beyond', async () => {
    const [agency, other] = [await t.newAgency(), await t.newAgency()];
    const email = uniqueEmail();
    await t.users.createUser(agency.owner.ctx, newUser(agency, { email }));
    const before = await countRows(t.db);

    await expect(
      t.users.createUser(agency.owner.ctx, newUser(agency, { email: email.toUpperCase() })),
    ).rejects.toMatchObject({ kind: 'CONFLICT', reason: 'EMAIL_TAKEN', fields: [{ path: 'input.email' }] });
    expect(await countRows(t.db)).toEqual(before);
    await expect(t.users.createUser(other.owner.ctx, newUser(other, { email }))).resolves.toBeDefined();
  });

  it('lets only owners and the operator make owners', async () => {
    const agency = await t.newAgency();
    const admin = await t.newUser(agency, 'AGENCY_ADMIN');
    const owner = (): ReturnType<typeof newUser> => newUser(agency, { role: 'AGENCY_OWNER' });
    const before = await countRows(t.db);

    await expect(t.users.createUser(admin.ctx, owner())).rejects.toMatchObject({
      kind: 'FORBIDDEN',
      reason: 'ROLE_NOT_ALLOWED',
    });
    expect(await countRows(t.db)).toEqual(before);
    await expect(t.users.createUser(agency.owner.ctx, owner())).resolves.toBeDefined();
    await expect(t.users.createUser(t.operator, owner())).resolves.toBeDefined();
  });

  it('does not let a key make a user that may do more than the key', async () => {
    const agency = await t.newAgency();
    const { secret } = await t.apiKeys.createApiKey(agency.owner.ctx, {
      agencyId: agency.id,
      subaccountId: null,
      name: 'people',
      scopes: ['user:create'],
      expiresAt: null,
    });
    const key = await t.authenticator.authenticate(secret, 'test');
    await expect(t.users.createUser(key, newUser(agency))).rejects.toMatchObject({
      reason: 'ROLE_NOT_ALLOWED',
    });
  });

  it('does not know agencies and subaccounts of other tenants', async () => {
    const [agency, other] = [await t.newAgency(), await t.newAgency()];
    const foreign = await t.newSubaccount(other);
    const own = await t.newSubaccount(agency);
    const before = await countRows(t.db);
    const wrong = [
      newUser(other),
      newUser({ ...agency, id: newId() }),
      newUser(agency, { role: 'AGENT', subaccountIds: [own.id, foreign.id] }),
      newUser(agency, { role: 'AGENT', subaccountIds: [newId()] }),
    ];
    for (const input of wrong) {
      await expect(t.users.createUser(agency.owner.ctx, input)).rejects.toMatchObject({
        reason: 'NOT_FOUND',
      });
    }
    expect(await countRows(t.db)).toEqual(before);
  });

  it.each([
    ['input.email', { email: 'x' }],
    ['input.email', { email: 'a\u0000@example.com' }],
    ['input.password', { password: 'eleven char' }],
    ['input.subaccountIds', { role: 'AGENT' }],
    ['input.subaccountIds', { role: 'AGENCY_ADMIN', subaccountIds: [newId()] }],
    ['input.subaccountIds', { role: 'AGENT', subaccountIds: Array.from({ length: 101 }, () => newId()) }],
  ])('names %s when it is wrong, and leaves no row', async (path, wrong) => {
    const agency = await t.newAgency();
    const before = await countRows(t.db);
    await expect(t.users.createUser(agency.owner.ctx, newUser(agency, wrong))).rejects.toMatchObject({
      kind: 'BAD_USER_INPUT',
      fields: [{ path }],
    });
    expect(await countRows(t.db)).toEqual(before);
  });
});

describe('listMembers', () => {
  it('shows a client only the users that share a subaccount with the caller', async () => {
    const [agency, other] = [await t.newAgency(), await t.newAgency()];
    const [mine, theirs] = [await t.newSubaccount(agency), await t.newSubaccount(agency)];
    const admin = await t.newUser(agency, 'SUBACCOUNT_ADMIN', [mine]);
    const colleague = await t.newUser(agency, 'AGENT', [mine, theirs]);
    const stranger = await t.newUser(agency, 'AGENT', [theirs]);
    const foreigner = await t.newUser(other, 'AGENCY_ADMIN');

    const seenBy = async (ctx: typeof admin.ctx): Promise<string[]> =>
      (await t.users.listMembers(ctx, agency.id, {})).items.map(({ node }) => node.user.id);
    expect(await seenBy(admin.ctx)).toEqual([admin.id, colleague.id]);
    expect(await seenBy(agency.owner.ctx)).toEqual([agency.owner.id, admin.id, colleague.id, stranger.id]);

    const found = await t.users.findMembers(admin.ctx, [stranger.id, foreigner.id, colleague.id]);
    expect(found.map(({ user }) => user.id)).toEqual([colleague.id]);
    const [given] = await t.users.listGivenSubaccounts(
      admin.ctx,
      found.map(({ user }) => user),
    );
    expect(given?.map(({ subaccount }) => subaccount.id)).toEqual([mine.id]);
    await expect(t.users.listMembers(admin.ctx, other.id, {})).rejects.toMatchObject({ reason: 'NOT_FOUND' });
  });

  it('pages through all users, each once', async () => {
    const agency = await t.newAgency();
    for (let i = 0; i < 2; i += 1) await t.newUser(agency, 'AGENCY_ADMIN');
    const first = await t.users.listMembers(agency.owner.ctx, agency.id, { first: 2 });
    const rest = await t.users.listMembers(agency.owner.ctx, agency.id, {
      first: 2,
      after: first.items.at(-1)?.cursor,
    });
    expect([first.hasNextPage, rest.hasNextPage]).toEqual([true, false]);
    expect(new Set([...first.items, ...rest.items].map(({ node }) => node.user.id)).size).toBe(3);
  });
});
