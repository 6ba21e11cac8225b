import { randomUUID } from 'node:crypto';
import { hash } from '@node-rs/argon2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countRows, eventsOf, openIdentity, PASSWORD, uniqueEmail } from './fixture.js';
import type { IdentityFixture } from './fixture.js';

let t: IdentityFixture;
beforeAll(async () => {
  t = await openIdentity();
});
afterAll(async () => {
  await t.close();
});

const DAY_MS = 24 * 60 * 60 * 1000;
const anyIp = (): string => randomUUID();
const logIn = (email: string, password = PASSWORD, ip = anyIp()) =>
  t.logins.logIn(t.anonymous, { email, password }, ip);

describe('logIn', () => {
  it('starts a session of thirty days and tells it in the stream of the agency', async () => {
    const agency = await t.newAgency();
    const started = await logIn(agency.owner.email.toUpperCase());

    expect(started.member.user.id).toBe(agency.owner.id);
    expect(started.member.role).toBe('AGENCY_OWNER');
    expect(started.expiresAt.getTime() - t.clock.now().getTime()).toBeGreaterThan(30 * DAY_MS - 60_000);
    expect((await eventsOf(t.db, agency.id)).at(-1)).toMatchObject({
      topic: 'user.logged_in',
      payload: { userId: agency.owner.id },
    });
  });

  it('stores nothing of the token but its hash', async () => {
    const agency = await t.newAgency();
    const { token } = await logIn(agency.owner.email);
    const rows = await t.db.query<{ text: string }>('select s::text as text from login_session s');
    expect(token).toMatch(/^tl_ses_/);
    expect(rows.some(({ text }) => text.includes(token.slice('tl_ses_'.length)))).toBe(false);
  });

  it('does the same work and answers the same for an unknown address and a wrong password', async () => {
    const agency = await t.newAgency();
    const before = await countRows(t.db);
    const failures: unknown[] = [];
    const work: unknown[] = [];
    for (const email of [uniqueEmail(), agency.owner.email]) {
      t.passwords.verifications.length = 0;
      failures.push(await logIn(email, 'wrong password').catch((error: unknown) => error));
      work.push(t.passwords.verifications.length);
    }
    expect(work).toEqual([1, 1]);
    expect(failures[0]).toMatchObject({ kind: 'UNAUTHENTICATED', reason: 'LOGIN_FAILED' });
    expect(failures[1]).toEqual(failures[0]);
    expect(await countRows(t.db)).toEqual(before);
  });

  it('picks the agency whose password matches when several know the address', async () => {
    const email = uniqueEmail();
    const passwords = ['the first password', 'the second password'];
    const owners: string[] = [];
    for (const ownerPassword of passwords) {
      const { owner } = await t.founding.createAgency(t.operator, {
        name: 'A',
        ownerEmail: email,
        ownerPassword,
      });
      owners.push(owner.user.id);
    }
    for (const [index, password] of passwords.entries()) {
      expect((await logIn(email, password)).member.user.id).toBe(owners[index]);
    }
    await expect(logIn(email, 'the third password')).rejects.toMatchObject({ reason: 'LOGIN_FAILED' });
  });

  it('hashes a password again that was hashed with other parameters', async () => {
    const agency = await t.newAgency();
    const weak = await hash(PASSWORD, { memoryCost: 8_192, timeCost: 1, parallelism: 1 });
    await t.db.query('update app_user set password_hash = $1 where id = $2', [weak, agency.owner.id]);

    await logIn(agency.owner.email);
    const [row] = await t.db.query<{ password_hash: string }>(
      'select password_hash from app_user where id = $1',
      [agency.owner.id],
    );
    expect(row?.password_hash).toContain('m=19456,t=2,p=1');
    await expect(logIn(agency.owner.email)).resolves.toBeDefined();
  });

  it.each([
    ['input.email', { email: 'no address', password: PASSWORD }],
    ['input.email', { email: 'a\u0000@example.com', password: PASSWORD }],
    ['input.password', { email: 'a@example.com', password: 'x'.repeat(1025) }],
  ])('names %s when it is malformed', async (path, input) => {
    await expect(t.logins.logIn(t.anonymous, input, anyIp())).rejects.toMatchObject({
      kind: 'BAD_USER_INPUT',
      fields: [{ path }],
    });
  });

  it('refuses an address after ten wrong tries from one place, before looking at the password', async () => {
    const agency = await t.newAgency();
    const ip = anyIp();
    for (let i = 0; i < 10; i += 1) {
      await expect(logIn(agency.owner.email, 'wrong password', ip)).rejects.toMatchObject({
        reason: 'LOGIN_FAILED',
      });
    }
    t.passwords.verifications.length = 0;
    await expect(logIn(agency.owner.email.toUpperCase(), PASSWORD, ip)).rejects.toMatchObject({
      kind: 'RATE_LIMITED',
      data: { retryAfterMs: expect.any(Number) as number },
    });
    expect(t.passwords.verifications).toEqual([]);
    await expect(logIn(agency.owner.email)).resolves.toBeDefined();
  });

  it('counts again from zero after a success', async () => {
    const agency = await t.newAgency();
    const ip = anyIp();
    for (let round = 0; round < 2; round += 1) {
      for (let i = 0; i < 9; i += 1) {
        await expect(logIn(agency.owner.email, 'wrong password', ip)).rejects.toMatchObject({
          reason: 'LOGIN_FAILED',
        });
      }
      await expect(logIn(agency.owner.email, PASSWORD, ip)).resolves.toBeDefined();
    }
  });

  it('refuses a place after a hundred tries with any address', async () => {
    const ip = anyIp();
    const tries = Array.from({ length: 100 }, () => logIn(uniqueEmail(), 'wrong password', ip));
    const results = await Promise.allSettled(tries);
    expect(results.map((result) => result.status === 'rejected' && (result.reason as Error).message)).toEqual(
      Array(100).fill('The e-mail address or the password is wrong.'),
    );
    await expect(logIn(uniqueEmail(), PASSWORD, ip)).rejects.toMatchObject({ kind: 'RATE_LIMITED' });
  });
});

describe('logOut', () => {
  it('ends the session at once, and only this one', async () => {
    const agency = await t.newAgency();
    const other = await logIn(agency.owner.email);
    await t.authenticator.authenticate(agency.owner.token, 'test');

    await t.logins.logOut(agency.owner.ctx);

    await expect(t.authenticator.authenticate(agency.owner.token, 'test')).rejects.toMatchObject({
      reason: 'TOKEN_INVALID',
    });
    await expect(t.authenticator.authenticate(other.token, 'test')).resolves.toBeDefined();
  });

  it('is refused to callers without a session', async () => {
    for (const ctx of [t.operator, t.anonymous]) {
      await expect(t.logins.logOut(ctx)).rejects.toMatchObject({ reason: 'NO_SESSION' });
    }
  });
});
