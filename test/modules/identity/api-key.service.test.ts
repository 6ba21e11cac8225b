import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../../src/kernel/ids.js';
import type { CreateApiKey } from '../../../src/modules/identity/api-key.service.js';
import { countRows, eventsOf, openIdentity } from './fixture.js';
import type { IdentityFixture } from './fixture.js';

let t: IdentityFixture;
beforeAll(async () => {
  t = await openIdentity();
});
afterAll(async () => {
  await t.close();
});

const newKey = (holder: Partial<CreateApiKey>, more: Partial<CreateApiKey> = {}): CreateApiKey => ({
  agencyId: null,
  subaccountId: null,
  name: 'CRM front end',
  scopes: ['message:send'],
  expiresAt: null,
  ...holder,
  ...more,
});

describe('createApiKey', () => {
  it('makes a key of the agency that works with its scopes', async () => {
    const agency = await t.newAgency();
    const { apiKey, secret } = await t.apiKeys.createApiKey(
      agency.owner.ctx,
      newKey({ agencyId: agency.id }, { scopes: ['message:send', 'device:read', 'message:send'] }),
    );

    expect(apiKey).toMatchObject({ lastFour: secret.slice(-4), scopes: ['message:send', 'device:read'] });
    const ctx = await t.authenticator.authenticate(secret, 'test');
    expect(ctx.actor).toEqual({ kind: 'api_key', apiKeyId: apiKey.id });
    expect(ctx.scope).toEqual({ agencyId: agency.id, subaccountIds: 'all' });
    expect([...ctx.actions].sort()).toEqual(['device:read', 'message:send']);
    expect(await eventsOf(t.db, agency.id)).toContainEqual({
      topic: 'api_key.created',
      payload: { apiKeyId: apiKey.id, scopes: ['message:send', 'device:read'] },
    });
  });

  it('makes a key of a subaccount that sees this one alone, told in both streams', async () => {
    const agency = await t.newAgency();
    const subaccount = await t.newSubaccount(agency);
    const admin = await t.newUser(agency, 'SUBACCOUNT_ADMIN', [subaccount]);
    const { apiKey, secret } = await t.apiKeys.createApiKey(
      admin.ctx,
      newKey({ subaccountId: subaccount.id }, { scopes: ['*'] }),
    );

    const ctx = await t.authenticator.authenticate(secret, 'test');
    expect(ctx.scope).toEqual({ agencyId: agency.id, subaccountIds: [subaccount.id] });
    expect(ctx.can('device:create')).toBe(true);
    expect(ctx.can('user:create')).toBe(false);
    for (const stream of [agency.id, subaccount.id]) {
      expect(await eventsOf(t.db, stream)).toContainEqual({
        topic: 'api_key.created',
        payload: { apiKeyId: apiKey.id, scopes: ['*'] },
      });
    }
  });

  it('stores nothing of the secret but its hash and last four characters', async () => {
    const agency = await t.newAgency();
    const { apiKey, secret } = await t.apiKeys.createApiKey(
      agency.owner.ctx,
      newKey({ agencyId: agency.id }),
    );
    const [row] = await t.db.query<{ text: string }>('select k::text as text from api_key k where id = $1', [
      apiKey.id,
    ]);
    expect(row?.text).toContain(secret.slice(-4));
    expect(row?.text).not.toContain(secret.slice(-8));
  });

  it('lets the operator give the first key of an agency and of a subaccount', async () => {
    const agency = await t.newAgency();
    const subaccount = await t.newSubaccount(agency);
    for (const holder of [{ agencyId: agency.id }, { subaccountId: subaccount.id }]) {
      const { secret } = await t.apiKeys.createApiKey(t.operator, newKey(holder, { scopes: ['*'] }));
      expect((await t.authenticator.authenticate(secret, 'test')).can('message:send')).toBe(true);
    }
  });

  it('gives nobody more than they have', async () => {
    const agency = await t.newAgency();
    const subaccount = await t.newSubaccount(agency);
    const { secret } = await t.apiKeys.createApiKey(
      agency.owner.ctx,
      newKey({ agencyId: agency.id }, { scopes: ['api_key:create', 'message:read'] }),
    );
    const key = await t.authenticator.authenticate(secret, 'test');
    const admin = await t.newUser(agency, 'SUBACCOUNT_ADMIN', [subaccount]);
    const before = await countRows(t.db);

    for (const scopes of [['message:send'], ['*'], ['message:read', 'api_key:revoke']]) {
      await expect(
        t.apiKeys.createApiKey(key, newKey({ subaccountId: subaccount.id }, { scopes })),
      ).rejects.toMatchObject({ kind: 'FORBIDDEN', reason: 'SCOPE_NOT_ALLOWED' });
    }
    await expect(t.apiKeys.createApiKey(admin.ctx, newKey({ agencyId: agency.id }))).rejects.toMatchObject({
      reason: 'ACTION_NOT_ALLOWED',
    });
    expect(await countRows(t.db)).toEqual(before);
  });

  it.each([
    [['input.name'], { name: '' }],
    [['input.scopes'], { scopes: [] }],
    [['input.scopes'], { scopes: ['message:teleport'] }],
    [['input.expiresAt'], { expiresAt: new Date(0) }],
    [['input.scopes', 'input.expiresAt'], { scopes: ['x'], expiresAt: new Date(0) }],
    [['input.agencyId', 'input.subaccountId'], { agencyId: null }],
    [['input.agencyId', 'input.subaccountId'], { subaccountId: newId() }],
  ])('names %j when wrong, and leaves no row', async (paths, wrong) => {
    const agency = await t.newAgency();
    const before = await countRows(t.db);
    await expect(
      t.apiKeys.createApiKey(agency.owner.ctx, newKey({ agencyId: agency.id }, wrong)),
    ).rejects.toMatchObject({ kind: 'BAD_USER_INPUT', fields: paths.map((path) => ({ path })) });
    expect(await countRows(t.db)).toEqual(before);
  });

  it('does not know agencies and subaccounts that the caller does not see', async () => {
    const [agency, other] = [await t.newAgency(), await t.newAgency()];
    const [mine, hidden] = [await t.newSubaccount(agency), await t.newSubaccount(agency)];
    const foreign = await t.newSubaccount(other);
    const admin = await t.newUser(agency, 'SUBACCOUNT_ADMIN', [mine]);
    const before = await countRows(t.db);
    const holders = [{ agencyId: other.id }, { subaccountId: foreign.id }, { subaccountId: hidden.id }];
    for (const holder of [...holders, { subaccountId: newId() }, { agencyId: newId() }]) {
      await expect(t.apiKeys.createApiKey(admin.ctx, newKey(holder))).rejects.toMatchObject({
        reason: 'NOT_FOUND',
      });
    }
    expect(await countRows(t.db)).toEqual(before);
  });
});

describe('revokeApiKey', () => {
  it('stops the key at once in this process, and within the life of a hint in another', async () => {
    const agency = await t.newAgency();
    const elsewhere = await t.openNode();
    const { apiKey, secret } = await t.apiKeys.createApiKey(
      agency.owner.ctx,
      newKey({ agencyId: agency.id }),
    );
    for (const node of [t, elsewhere]) await node.authenticator.authenticate(secret, 'test');
    const hinted = new Promise<void>((resolve) => {
      elsewhere.hints.subscribe(`revoked:${apiKey.id}`, resolve);
    });

    const revoked = await t.apiKeys.revokeApiKey(agency.owner.ctx, apiKey.id, null);

    expect(revoked.revokedAt).toBeInstanceOf(Date);
    await expect(t.authenticator.authenticate(secret, 'test')).rejects.toMatchObject({
      reason: 'TOKEN_INVALID',
    });
    await hinted;
    await expect(elsewhere.authenticator.authenticate(secret, 'test')).rejects.toMatchObject({
      reason: 'TOKEN_INVALID',
    });
  });

  it('changes nothing the second time', async () => {
    const agency = await t.newAgency();
    const { apiKey } = await t.apiKeys.createApiKey(agency.owner.ctx, newKey({ agencyId: agency.id }));
    const first = await t.apiKeys.revokeApiKey(agency.owner.ctx, apiKey.id, null);
    const before = await countRows(t.db);
    t.clock.advance(1_000);
    const second = await t.apiKeys.revokeApiKey(agency.owner.ctx, apiKey.id, null);
    expect(second.revokedAt).toEqual(first.revokedAt);
    expect(await countRows(t.db)).toEqual(before);
  });

  it('does not know the keys of others, and leaves them as they are', async () => {
    const [agency, other] = [await t.newAgency(), await t.newAgency()];
    const [mine, hidden] = [await t.newSubaccount(agency), await t.newSubaccount(agency)];
    const admin = await t.newUser(agency, 'SUBACCOUNT_ADMIN', [mine]);
    const made = [
      await t.apiKeys.createApiKey(other.owner.ctx, newKey({ agencyId: other.id })),
      await t.apiKeys.createApiKey(agency.owner.ctx, newKey({ agencyId: agency.id })),
      await t.apiKeys.createApiKey(agency.owner.ctx, newKey({ subaccountId: hidden.id })),
    ];
    for (const { apiKey, secret } of made) {
      await expect(t.apiKeys.revokeApiKey(admin.ctx, apiKey.id, null)).rejects.toMatchObject({
        reason: 'NOT_FOUND',
      });
      await expect(t.authenticator.authenticate(secret, 'test')).resolves.toBeDefined();
    }
    await expect(t.apiKeys.revokeApiKey(admin.ctx, newId(), null)).rejects.toMatchObject({
      reason: 'NOT_FOUND',
    });
  });

  it('is possible for the operator that names the agency', async () => {
    const agency = await t.newAgency();
    const { apiKey } = await t.apiKeys.createApiKey(agency.owner.ctx, newKey({ agencyId: agency.id }));
    await expect(t.apiKeys.revokeApiKey(t.operator, apiKey.id, null)).rejects.toMatchObject({
      reason: 'NOT_FOUND',
    });
    const revoked = await t.apiKeys.revokeApiKey(t.operator, apiKey.id, agency.id);
    expect(revoked.revokedAt).not.toBeNull();
  });
});

describe('listApiKeys', () => {
  it('shows the keys that the caller may see, revoked ones included', async () => {
    const agency = await t.newAgency();
    const [mine, hidden] = [await t.newSubaccount(agency), await t.newSubaccount(agency)];
    const admin = await t.newUser(agency, 'SUBACCOUNT_ADMIN', [mine]);
    const ids: string[] = [];
    for (const holder of [{ agencyId: agency.id }, { subaccountId: mine.id }, { subaccountId: hidden.id }]) {
      ids.push((await t.apiKeys.createApiKey(agency.owner.ctx, newKey(holder))).apiKey.id);
    }
    await t.apiKeys.revokeApiKey(agency.owner.ctx, ids[1] ?? '', null);

    const seen = async (ctx: typeof admin.ctx, holder: Parameters<typeof t.apiKeys.listApiKeys>[1]) =>
      (await t.apiKeys.listApiKeys(ctx, holder, {})).items.map(({ node }) => node.id);
    expect(await seen(agency.owner.ctx, { agencyId: agency.id })).toEqual(ids);
    expect(await seen(admin.ctx, { agencyId: agency.id })).toEqual([ids[1]]);
    expect(await seen(agency.owner.ctx, { subaccountId: mine.id })).toEqual([ids[1]]);
    await expect(seen(admin.ctx, { subaccountId: hidden.id })).rejects.toMatchObject({ reason: 'NOT_FOUND' });
  });
});
