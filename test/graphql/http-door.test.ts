import { auditServer } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ERROR_KINDS } from '../../src/kernel/errors.js';
import { post } from './support/http-client.js';
import { startLibraryServer } from './support/library-server.js';
import type { LibraryServer } from './support/library-server.js';

let server: LibraryServer;
beforeAll(async () => {
  server = await startLibraryServer();
});
afterAll(() => server.stop());

describe('GraphQL over HTTP', () => {
  it('passes the audits of the specification, without a warning', async () => {
    const results = await auditServer({ url: server.url });
    const bad = results.filter(({ status }) => status === 'error' || status === 'warn');
    expect(bad.map(({ id, name }) => `${id} ${name}`)).toEqual([]);
    expect(results.length).toBeGreaterThan(50);
  });

  it('names the request in every answer, with an id that the caller may choose', async () => {
    const { headers, errors } = await post(server.url, {
      query: '{ books { nodes { id } } }',
      headers: { 'x-request-id': 'my-request-1' },
    });
    expect(headers.get('x-request-id')).toBe('my-request-1');
    expect(errors[0]?.extensions.requestId).toBe('my-request-1');
    const { headers: others } = await post(server.url, {
      query: '{ hello }',
      headers: { 'x-request-id': 'no good id' },
    });
    expect(others.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('takes the token with and without the word Bearer', async () => {
    for (const authorization of ['Bearer reader', 'bearer reader', 'reader']) {
      const { data } = await post(server.url, { query: '{ hello }', headers: { authorization } });
      expect(data).toEqual({ hello: 'api_key' });
    }
  });

  it('refuses a wrong token with 401 whatever is asked', async () => {
    const { status, errors } = await post(server.url, { query: '{ hello }', token: 'stolen' });
    expect(status).toBe(401);
    expect(errors[0]?.extensions).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'TOKEN_INVALID' });
  });

  it('says that the database is away, and not that the token is wrong', async () => {
    const { status, errors } = await post(server.url, { query: '{ hello }', token: 'broken' });
    expect(status).toBe(503);
    expect(errors[0]?.extensions).toMatchObject({ reason: 'DATABASE_UNAVAILABLE', retryable: true });
  });

  it('asks for a token, and for the action, where a field wants them', async () => {
    const query = '{ books { nodes { id } } }';
    const anonymous = await post(server.url, { query });
    expect(anonymous.errors[0]?.extensions).toMatchObject({
      code: 'UNAUTHENTICATED',
      reason: 'TOKEN_MISSING',
    });
    const limited = await post(server.url, { query, token: 'limited' });
    expect(limited.errors[0]?.extensions).toMatchObject({
      code: 'FORBIDDEN',
      reason: 'ACTION_NOT_ALLOWED',
      action: 'device:read',
    });
  });

  it('loads each object once however often an operation needs it', async () => {
    server.library.batches.length = 0;
    const query = '{ books(first: 5) { nodes { self { self { title } } } } }';
    const { errors } = await post(server.url, { query, token: 'reader' });
    expect(errors).toEqual([]);
    expect(server.library.batches).toHaveLength(1);
    expect(server.library.batches[0]).toHaveLength(5);
  });

  it('closes the reads of every operation, also of failed ones', async () => {
    await post(server.url, { query: '{ hello fail(kind: "crash") }' });
    await post(server.url, { query: '{ nothing }' });
    expect(server.openReads()).toBe(0);
  });

  it('refuses what a browser could send across sites', async () => {
    const response = await fetch(server.url, {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: JSON.stringify({ query: '{ hello }' }),
    });
    expect(response.status).toBe(400);
    const get = await fetch(`${server.url}?query=${encodeURIComponent('{ hello }')}`);
    expect(get.status).toBe(400);
  });

  it('refuses a batch of operations', async () => {
    const response = await fetch(server.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([{ query: '{ hello }' }, { query: '{ hello }' }]),
    });
    expect(response.status).toBe(400);
  });

  it('refuses a body of more than 256 KiB and one that is no JSON in the words of GraphQL', async () => {
    const send = async (body: string): Promise<[number, unknown]> => {
      const response = await fetch(server.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
      const answer = (await response.json()) as { errors: [{ extensions: { reason: string } }] };
      return [response.status, answer.errors[0].extensions.reason];
    };
    expect(await send(JSON.stringify({ query: `{ hello } #${' '.repeat(300_000)}` }))).toEqual([
      413,
      'BODY_TOO_LARGE',
    ]);
    expect(await send('{')).toEqual([400, 'BODY_NOT_JSON']);
  });

  it('shows people a page that loads nothing from elsewhere', async () => {
    const response = await fetch(server.url, { headers: { accept: 'text/html' } });
    const page = await response.text();
    expect(response.headers.get('content-type')).toContain('text/html');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(page).not.toMatch(/https?:\/\//);
  });

  it('sends subscriptions to the websocket', async () => {
    const { errors } = await post(server.url, { query: 'subscription { counted(to: 1) }', token: 'reader' });
    expect(errors[0]?.extensions.reason).toBe('SUBSCRIPTION_NEEDS_WEBSOCKET');
  });
});

describe('errors over HTTP', () => {
  it.each(Object.entries(ERROR_KINDS).filter(([kind]) => kind !== 'INTERNAL_SERVER_ERROR'))(
    'says %s in its own words',
    async (kind, { retryable }) => {
      const { status, data, errors } = await post(server.url, { query: `{ fail(kind: "${kind}") }` });
      expect({ status, data }).toEqual({ status: 200, data: { fail: null } });
      expect(errors[0]).toMatchObject({
        message: 'said',
        path: ['fail'],
        extensions: { code: kind, reason: 'REASON', retryable, extra: 1 },
      });
    },
  );

  it.each(['INTERNAL_SERVER_ERROR', 'crash'])(
    'masks %s, and logs it under the id of the request',
    async (kind) => {
      const { errors } = await post(server.url, { query: `{ fail(kind: "${kind}") }` });
      const requestId = errors[0]?.extensions.requestId;
      expect(errors[0]?.extensions).toEqual({
        code: 'INTERNAL_SERVER_ERROR',
        reason: 'INTERNAL',
        retryable: false,
        requestId,
      });
      expect(JSON.stringify(errors)).not.toContain('hunter2');
      expect(server.logLines).toContainEqual(expect.objectContaining({ requestId, msg: 'request failed' }));
    },
  );

  it('tells a lost database from a bug', async () => {
    const { errors } = await post(server.url, { query: '{ fail(kind: "database") }' });
    expect(errors[0]?.extensions).toMatchObject({ code: 'UNAVAILABLE', reason: 'DATABASE_UNAVAILABLE' });
  });

  it('names the wrong field of a variable, and keeps the reason of its scalar', async () => {
    const query = 'mutation ($input: CallInput!) { call(input: $input) }';
    const wrong = async (input: unknown) =>
      (await post(server.url, { query, variables: { input }, token: 'reader' })).errors[0];
    expect(await wrong({ to: 'not a phone' })).toMatchObject({
      message: expect.stringContaining('input.to: must be international digits') as string,
      extensions: { code: 'BAD_USER_INPUT', reason: 'INVALID_PHONE', fields: [{ path: 'input.to' }] },
    });
    expect(
      (await wrong({ to: '628123456789', next: { to: '628123456789', at: 'soon' } }))?.extensions,
    ).toMatchObject({
      reason: 'INVALID_INPUT',
      fields: [{ path: 'input.next.at' }],
    });
    expect((await wrong({}))?.extensions.fields).toMatchObject([{ path: 'input.to' }]);
    expect((await wrong({ to: 'x', next: { to: 'y' } }))?.extensions).toMatchObject({
      reason: 'INVALID_INPUT',
      fields: [{ path: 'input.to' }, { path: 'input.next.to' }],
    });
    expect((await wrong(null))?.extensions).toMatchObject({
      reason: 'INVALID_INPUT',
      fields: [{ path: 'input' }],
    });
  });

  it('names the wrong field of a literal', async () => {
    const { errors } = await post(server.url, {
      query: 'mutation { call(input: { to: "628123456789", next: { to: "x" } }) }',
      token: 'reader',
    });
    expect(errors[0]?.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      reason: 'INVALID_PHONE',
      fields: [{ path: 'input.next.to' }],
    });
  });

  it('says what is wrong with a document', async () => {
    const reasonOf = async (query: string) => {
      const { errors } = await post(server.url, { query, token: 'reader' });
      return [errors[0]?.extensions.code, errors[0]?.extensions.reason];
    };
    expect(await reasonOf('{')).toEqual(['GRAPHQL_PARSE_FAILED', 'SYNTAX_ERROR']);
    expect(await reasonOf('{ nothing }')).toEqual(['GRAPHQL_VALIDATION_FAILED', 'OPERATION_INVALID']);
  });

  it('suggests names of the schema to callers with a token alone', async () => {
    const anonymous = await post(server.url, { query: '{ helo }' });
    expect(anonymous.errors[0]?.message).not.toContain('hello');
    const known = await post(server.url, { query: '{ helo }', token: 'reader' });
    expect(known.errors[0]?.message).toContain('hello');
  });
});
