import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEVICE_TOKEN_ACTIONS, OPERATOR_ACTIONS, ROLE_ACTIONS, ROLES } from '../../../src/kernel/access.js';
import { newId } from '../../../src/kernel/ids.js';
import { createToken, tokenHash } from '../../../src/platform/crypto/tokens.js';
import { openIdentity, OPERATOR_KEY } from './fixture.js';
import type { IdentityFixture, TestAgency } from './fixture.js';
import { DEFAULT_PACKAGE } from '../../support/catalogue.js';

let t: IdentityFixture;
beforeAll(async () => {
  t = await openIdentity();
});
afterAll(async () => {
  await t.close();
});

const authenticate = (token: string | null) => t.authenticator.authenticate(token, 'request-1');

async function agencyKey(agency: TestAgency, expiresAt: Date | null = null) {
  const { apiKey, secret } = await t.apiKeys.createApiKey(agency.owner.ctx, {
    agencyId: agency.id,
    subaccountId: null,
    name: 'key',
    scopes: ['*'],
    expiresAt,
  });
  return { id: apiKey.id, secret };
}

/** A device with a token, as the device module stores them. */
async function deviceToken(agency: TestAgency, subaccountId: string) {
  const [deviceId, tokenId, token] = [newId(), newId(), createToken('device')];
  await t.db.query(
    `insert into device (id, agency_id, subaccount_id, package_id, label, priority, shard, link, connection, suspended, status,
       status_changed_at, connect_attempts, created_at)
     values ($1, $2, $3, ${DEFAULT_PACKAGE}, 'd', 0, 0, 'UNPAIRED', 'CLOSED', false, 'NOT_PAIRED', now(), 0, now())`,
    [deviceId, agency.id, subaccountId],
  );
  await t.db.query(
    `insert into device_token (id, agency_id, subaccount_id, device_id, token_hash, last_four, created_at)
     values ($1, $2, $3, $4, $5, $6, now())`,
    [tokenId, agency.id, subaccountId, deviceId, tokenHash(token), token.slice(-4)],
  );
  return { deviceId, tokenId, token };
}

describe('authenticate', () => {
  it('takes a call without a token as anonymous, allowed nothing', async () => {
    const ctx = await authenticate(null);
    expect(ctx).toMatchObject({ requestId: 'request-1', actor: { kind: 'anonymous' }, scope: null });
    expect(ctx.actions.size).toBe(0);
  });

  it('knows the operator by its key, outside any tenant', async () => {
    const ctx = await authenticate(OPERATOR_KEY);
    expect(ctx).toMatchObject({ actor: { kind: 'operator' }, scope: null });
    expect(ctx.actions).toBe(OPERATOR_ACTIONS);
    await expect(authenticate(`${OPERATOR_KEY}x`)).rejects.toMatchObject({ reason: 'TOKEN_INVALID' });
  });

  it.each(ROLES)('gives a session the actions of its role now: %s', async (role) => {
    const agency = await t.newAgency();
    const subaccount = await t.newSubaccount(agency);
    const wide = role === 'AGENCY_OWNER' || role === 'AGENCY_ADMIN';
    const user = await t.newUser(agency, role, wide ? [] : [subaccount]);
    expect(user.ctx.actor).toMatchObject({ kind: 'user', userId: user.id });
    expect(user.ctx.scope).toEqual({
      agencyId: agency.id,
      subaccountIds: wide ? 'all' : [subaccount.id],
    });
    expect(user.ctx.actions).toEqual(ROLE_ACTIONS[role]);
  });

  it('follows a changed role within two seconds', async () => {
    const agency = await t.newAgency();
    const user = await t.newUser(agency, 'AGENCY_ADMIN');
    await t.db.query(`update membership set role = 'VIEWER' where user_id = $1`, [user.id]);
    t.clock.advance(2_000);
    const ctx = await authenticate(user.token);
    expect(ctx.actions).toEqual(ROLE_ACTIONS.VIEWER);
    expect(ctx.scope).toEqual({ agencyId: agency.id, subaccountIds: [] });
  });

  it('confines a device token to its device', async () => {
    const agency = await t.newAgency();
    const subaccount = await t.newSubaccount(agency);
    const { deviceId, tokenId, token } = await deviceToken(agency, subaccount.id);
    const ctx = await authenticate(token);
    expect(ctx.actor).toEqual({ kind: 'device_token', tokenId, deviceId });
    expect(ctx.scope).toEqual({ agencyId: agency.id, subaccountIds: [subaccount.id], deviceId });
    expect(ctx.actions).toBe(DEVICE_TOKEN_ACTIONS);
    expect(ctx.isAgencyWide).toBe(false);
  });

  it('refuses a device token that was revoked a moment after it was used', async () => {
    const agency = await t.newAgency();
    const { token, tokenId } = await deviceToken(agency, (await t.newSubaccount(agency)).id);
    await authenticate(token);
    await t.db.query('update device_token set revoked_at = now() where id = $1', [tokenId]);
    await expect(authenticate(token)).rejects.toMatchObject({ reason: 'TOKEN_INVALID' });
  });

  it('reads a token once for all who come with it meanwhile', async () => {
    const { secret } = await agencyKey(await t.newAgency());
    const statements = async (count: number) => {
      t.clock.advance(2_000);
      const before = t.db.database.queryCount;
      await Promise.all(Array.from({ length: count }, () => authenticate(secret)));
      return t.db.database.queryCount - before;
    };
    // Its first use is noted beside.
    await authenticate(secret);
    await t.usage.settle();
    const alone = await statements(1);
    expect(alone).toBeGreaterThan(0);
    expect(await statements(20)).toBe(alone);
  });

  it('lets nobody in by what was read before a revocation, however little', async () => {
    const agency = await t.newAgency();
    const { secret, id } = await agencyKey(agency);
    const before = authenticate(secret);
    await t.apiKeys.revokeApiKey(agency.owner.ctx, id, null);
    await before.catch(() => undefined);
    await expect(authenticate(secret)).rejects.toMatchObject({ reason: 'TOKEN_INVALID' });
  });

  it('refuses a malformed token without asking the database', async () => {
    const token = createToken('api_key');
    const wrong = token.endsWith('0') ? '1' : '0';
    const before = t.db.database.queryCount;
    for (const malformed of ['', 'x', `${token.slice(0, -1)}${wrong}`, `${token} `, token.toUpperCase()]) {
      await expect(authenticate(malformed)).rejects.toMatchObject({
        kind: 'UNAUTHENTICATED',
        reason: 'TOKEN_INVALID',
      });
    }
    expect(t.db.database.queryCount).toBe(before);
  });

  it('refuses an unknown token', async () => {
    await expect(authenticate(createToken('session'))).rejects.toMatchObject({ reason: 'TOKEN_INVALID' });
  });

  it('refuses an expired key and an expired session as such, even while they are remembered', async () => {
    const agency = await t.newAgency();
    const soon = new Date(t.clock.now().getTime() + 1_000);
    const { secret } = await agencyKey(agency, soon);
    await expect(authenticate(secret)).resolves.toBeDefined();
    t.clock.advance(1_000);
    await expect(authenticate(secret)).rejects.toMatchObject({
      kind: 'UNAUTHENTICATED',
      reason: 'TOKEN_EXPIRED',
    });
    t.clock.advance(30 * 24 * 60 * 60 * 1000);
    await expect(authenticate(agency.owner.token)).rejects.toMatchObject({ reason: 'TOKEN_EXPIRED' });
  });

  it('says of a token that is revoked and expired only that it is invalid', async () => {
    const agency = await t.newAgency();
    const key = await agencyKey(agency, new Date(t.clock.now().getTime() + 1_000));
    await t.apiKeys.revokeApiKey(agency.owner.ctx, key.id, null);
    t.clock.advance(5_000);
    await expect(authenticate(key.secret)).rejects.toMatchObject({ reason: 'TOKEN_INVALID' });
  });

  it('remembers a key for less than two seconds', async () => {
    const agency = await t.newAgency();
    const { secret } = await agencyKey(agency);
    await authenticate(secret);
    await t.usage.settle();

    const before = t.db.database.queryCount;
    await authenticate(secret);
    expect(t.db.database.queryCount).toBe(before);
    t.clock.advance(2_000);
    await authenticate(secret);
    expect(t.db.database.queryCount).toBeGreaterThan(before);
  });
});

describe('last use', () => {
  const lastUse = async (table: string, id: string): Promise<Date | null> => {
    await t.usage.settle();
    const [row] = await t.db.query<{ last_used_at: Date | null }>(
      `select last_used_at from ${table} where id = $1`,
      [id],
    );
    return row?.last_used_at ?? null;
  };

  it('is noted for every kind of token', async () => {
    const agency = await t.newAgency();
    const key = await agencyKey(agency);
    const device = await deviceToken(agency, (await t.newSubaccount(agency)).id);
    expect(await lastUse('api_key', key.id)).toBeNull();
    for (const token of [key.secret, device.token]) await authenticate(token);

    const { actor } = agency.owner.ctx;
    const sessionId = actor.kind === 'user' ? actor.sessionId : '';
    expect(await lastUse('api_key', key.id)).toBeInstanceOf(Date);
    expect(await lastUse('device_token', device.tokenId)).toBeInstanceOf(Date);
    expect(await lastUse('login_session', sessionId)).toBeInstanceOf(Date);
  });

  it('is written at most once a minute, by all processes together', async () => {
    const agency = await t.newAgency();
    const elsewhere = await t.openNode();
    const key = await agencyKey(agency);
    await authenticate(key.secret);
    const first = await lastUse('api_key', key.id);

    t.clock.advance(59_000);
    await authenticate(key.secret);
    await elsewhere.authenticator.authenticate(key.secret, 'test');
    await elsewhere.usage.settle();
    expect(await lastUse('api_key', key.id)).toEqual(first);

    t.clock.advance(1_000);
    await authenticate(key.secret);
    expect((await lastUse('api_key', key.id))?.getTime()).toBeGreaterThan(first?.getTime() ?? Infinity);
  });
});
