import { afterEach, beforeEach, expect, it } from 'vitest';
import { post } from './support/http-client.js';
import { startLibraryServer } from './support/library-server.js';
import type { LibraryServer } from './support/library-server.js';
import { connect, first } from './support/websocket-client.js';

const HELLO = '{ hello }';
/** A page of 20 books. */
const BOOKS = '{ books { nodes { id } } }';

let server: LibraryServer;
beforeEach(async () => {
  server = await startLibraryServer({ costPerMinute: 100 });
});
afterEach(() => server.stop());

const ask = (query: string, token?: string) =>
  post(server.url, { query, ...(token !== undefined && { token }) });

it('every answer says what it cost and what is left', async () => {
  const { extensions } = await ask(BOOKS, 'reader');
  const cost = { requested: 21, limit: 100, remaining: 79, resetInMs: expect.any(Number) as number };
  expect(extensions).toEqual({ cost });
  const { extensions: next } = await ask(HELLO, 'reader');
  expect(next).toMatchObject({ cost: { requested: 1, remaining: 78 } });
});

it('who has asked for too much is refused with the time to wait, over HTTP and the websocket alike', async () => {
  for (let index = 0; index < 4; index += 1) expect((await ask(BOOKS, 'reader')).errors).toEqual([]);
  const { status, headers, errors, data } = await ask(BOOKS, 'reader');
  expect([status, data ?? null]).toEqual([429, null]);
  expect(errors[0]?.extensions).toMatchObject({
    code: 'RATE_LIMITED',
    reason: 'RATE_LIMITED',
    retryable: true,
    cost: { requested: 21, limit: 100 },
  });
  const retryAfterMs = Number(errors[0]?.extensions['retryAfterMs']);
  expect(retryAfterMs).toBeGreaterThan(0);
  expect(retryAfterMs).toBeLessThanOrEqual(60_000);
  expect(Number(headers.get('retry-after'))).toBe(Math.ceil(retryAfterMs / 1_000));

  const client = connect(server.wsUrl, 'reader');
  for (const query of [HELLO, 'subscription { counted(to: 3) }']) {
    expect((await first(client, query)).errors[0]?.extensions).toMatchObject({ reason: 'RATE_LIMITED' });
  }
  await client.dispose();
});

it('one budget is not taken from by another token, nor by callers without one', async () => {
  for (let index = 0; index < 5; index += 1) await ask(BOOKS, 'reader');
  expect((await ask(HELLO, 'reader')).status).toBe(429);
  expect((await ask(HELLO, 'limited')).status).toBe(200);
  expect((await ask(HELLO)).status).toBe(200);
});

it('an operation that is refused for another reason costs nothing', async () => {
  const { extensions } = await ask('{ nonsense }', 'reader');
  expect(extensions).toBeUndefined();
  expect((await ask(HELLO, 'reader')).extensions).toMatchObject({ cost: { remaining: 99 } });
});

it('operations on a websocket say what they cost, events of a subscription do not', async () => {
  const client = connect(server.wsUrl, 'reader');
  const results = client.iterate({ query: HELLO });
  expect((await results.next()).value).toMatchObject({ extensions: { cost: { requested: 1, limit: 100 } } });
  const events = client.iterate({ query: 'subscription { counted(to: 3) }' });
  const event = await events.next();
  expect(event.value).not.toHaveProperty('extensions');
  await events.return?.(undefined);
  await client.dispose();
});
