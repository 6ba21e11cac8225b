import { afterAll, beforeAll, expect, it } from 'vitest';
import { MovableClock } from '../support/movable-clock.js';
import { createKey, seed } from '../support/seed.js';
import type { SeededAgency } from '../support/seed.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';

const clock = new MovableClock();
let server: TestServer;
let agency: SeededAgency;
beforeAll(async () => {
  server = await startTestServer({ clock });
  agency = await seed(server).agency();
});
afterAll(() => server.stop());

const VIEWER = '{ viewer { kind } }';
const unauthenticated = (reason: string) => ({ status: 401, code: 'UNAUTHENTICATED', reason });

it('asks for a token, and believes no invented one', async () => {
  // Without one the door is open for what is public, such as logging in: each field answers for itself.
  const anonymous = { ...unauthenticated('TOKEN_MISSING'), status: 200 };
  expect(await agency.api.as(null).refusal(VIEWER)).toMatchObject(anonymous);
  const secret = agency.api.token ?? '';
  const wrong = ['x', 'tl_key_', `${secret}x`, `${secret.slice(0, -1)}${secret.endsWith('a') ? 'b' : 'a'}`];
  for (const token of [...wrong, server.operatorKey.slice(1)]) {
    expect(await agency.api.as(token).refusal(VIEWER)).toMatchObject(unauthenticated('TOKEN_INVALID'));
  }
});

it('stops a revoked key at once', async () => {
  const { id, api } = await createKey(agency.api, { agencyId: agency.id });
  expect(await api.ask(VIEWER)).toEqual({ viewer: { kind: 'API_KEY' } });
  await agency.api.mutate('revokeApiKey', { apiKeyId: id }, 'apiKey { revokedAt }');
  expect(await api.refusal(VIEWER)).toMatchObject(unauthenticated('TOKEN_INVALID'));
});

it('logs people in and out, and tells nobody which part was wrong', async () => {
  const { ownerEmail: email, ownerPassword: password } = agency;
  const nobody = agency.api.as(null);
  const { sessionToken } = await nobody.mutate<{ sessionToken: string }>(
    'logIn',
    { email, password },
    'sessionToken',
  );
  const owner = agency.api.as(sessionToken);
  expect(await owner.ask('{ viewer { kind user { email role } } }')).toEqual({
    viewer: { kind: 'USER', user: { email, role: 'AGENCY_OWNER' } },
  });
  await owner.ask('mutation { logOut { loggedOut } }');
  expect(await owner.refusal(VIEWER)).toMatchObject(unauthenticated('TOKEN_INVALID'));

  const badPassword = await nobody.mutationRefusal('logIn', { email, password: 'wrong wrong wrong' });
  const badEmail = await nobody.mutationRefusal('logIn', { email: 'nobody@example.com', password });
  expect(badPassword).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'LOGIN_FAILED' });
  expect(badEmail).toEqual(badPassword);
});

it('refuses a key that has expired', async () => {
  const expiresAt = new Date(clock.now().getTime() + 60_000).toISOString();
  const { secret } = await agency.api.mutate<{ secret: string }>(
    'createApiKey',
    { agencyId: agency.id, name: 'short', scopes: ['*'], expiresAt },
    'secret',
  );
  const api = agency.api.as(secret);
  expect(await api.ask(VIEWER)).toBeDefined();
  clock.advance(61_000);
  expect(await api.refusal(VIEWER)).toMatchObject(unauthenticated('TOKEN_EXPIRED'));
});
