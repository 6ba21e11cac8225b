import { getIntrospectionQuery, parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '../../src/kernel/errors.js';
import { checkLimits } from '../../src/graphql/limits.js';
import { BOOKS } from './support/library.resolver.js';
import { post } from './support/http-client.js';
import { startLibraryServer } from './support/library-server.js';
import type { LibraryServer } from './support/library-server.js';
import { operate } from './support/websocket-client.js';

let server: LibraryServer;
beforeAll(async () => {
  server = await startLibraryServer();
});
afterAll(() => server.stop());

const costOf = (query: string, variables: Record<string, unknown> = {}): number =>
  checkLimits({ schema: server.api.schema, document: parse(query), variables, isAuthenticated: true });

function reasonOf(query: string, variables: Record<string, unknown> = {}): string {
  try {
    costOf(query, variables);
    return 'NONE';
  } catch (error) {
    return error instanceof AppError ? error.reason : String(error);
  }
}

describe('the cost of an operation', () => {
  it('is nothing for scalars, and one for each object', () => {
    expect(costOf('{ hello }')).toBe(0);
    expect(costOf(`{ node(id: "x") { id } }`)).toBe(1);
    expect(costOf(`{ node(id: "x") { ... on Book { title self { title } } } }`)).toBe(2);
  });

  it('is one and the size of a page times its node', () => {
    expect(costOf('{ books(first: 5) { nodes { title } } }')).toBe(1 + 5);
    expect(costOf('{ books(first: 5) { edges { cursor node { title } } } }')).toBe(1 + 5);
    expect(costOf('{ books { nodes { title } pageInfo { hasNextPage } } }')).toBe(1 + 20);
    expect(costOf('{ books(first: 2) { nodes { similar(first: 3) { nodes { id } } } } }')).toBe(
      1 + 2 * (1 + 1 + 3),
    );
  });

  it('counts a page size in a variable, and its default, like a literal one', () => {
    const query = 'query ($n: Int = 7) { books(first: $n) { nodes { title } } }';
    expect(costOf(query)).toBe(8);
    expect(costOf(query, { n: 50 })).toBe(51);
    expect(reasonOf(query, { n: 100_000 })).toBe('QUERY_TOO_COSTLY');
  });

  it('is the dearest type where an interface may be several', () => {
    expect(costOf('{ node(id: "x") { id ... on Book { similar(first: 4) { nodes { id } } } } }')).toBe(
      1 + 1 + 4,
    );
  });

  it('counts fragments wherever they are spread', () => {
    const query = `{ books(first: 2) { nodes { ...B } } } fragment B on Book { self { id } similar(first: 1) { ...P } }
      fragment P on BookConnection { nodes { id } }`;
    expect(costOf(query)).toBe(1 + 2 * (1 + 1 + 1 + 1));
  });

  it('is ten for a mutation and five for a subscription', () => {
    expect(costOf('mutation { call(input: { to: "628123456789" }) }')).toBe(10);
    expect(costOf('subscription { counted }')).toBe(5);
  });

  it('is found in no time for fragments that double at every level', () => {
    const levels = Array.from({ length: 14 }, (_none, level) => level);
    const fragments = levels.map(
      (level) =>
        `fragment F${level} on Book { ${level === 13 ? 'id' : `a${level}: self { ...F${level + 1} } b${level}: self { ...F${level + 1} }`} }`,
    );
    const startedMs = performance.now();
    expect(reasonOf(`{ books(first: 1) { nodes { ...F0 } } } ${fragments.join(' ')}`)).not.toBe('NONE');
    expect(performance.now() - startedMs).toBeLessThan(100);
  });

  it('is never less than the objects that come back', async () => {
    const query = '{ books(first: 10) { edges { node { self { similar(first: 3) { nodes { id } } } } } } }';
    const { data } = await post(server.url, { query, token: 'reader' });
    const count = (value: unknown): number =>
      typeof value !== 'object' || value === null
        ? 0
        : ('id' in value || 'self' in value ? 1 : 0) +
          Object.values(value).reduce<number>((sum, part) => sum + count(part), 0);
    expect(count(data)).toBeGreaterThan(30);
    expect(costOf(query)).toBeGreaterThanOrEqual(count(data));
  });
});

const nested = (depth: number): string =>
  `{ books { nodes { ${'self { '.repeat(depth)} id ${'} '.repeat(depth)} } } }`;
const aliases = (count: number): string =>
  `{ books { ${Array.from({ length: count }, (_none, index) => `a${index}: __typename`).join(' ')} } }`;
const roots = (count: number): string =>
  `{ ${Array.from({ length: count }, (_none, index) => `a${index}: hello`).join(' ')} }`;
const directives = (count: number): string =>
  `{ hello ${'@skip(if: false) '.repeat(1)} ${'... @skip(if: false) { hello } '.repeat(count - 1)} }`;

/** What is refused, with the smallest operation that is and the largest that is not. */
const REFUSED: readonly (readonly [string, string, string])[] = [
  ['QUERY_TOO_DEEP', nested(13), nested(12)],
  ['TOO_MANY_ALIASES', aliases(31), aliases(30)],
  ['TOO_MANY_ROOT_FIELDS', roots(11), roots(10)],
  ['TOO_MANY_DIRECTIVES', directives(21), directives(20)],
  ['QUERY_TOO_LONG', `{ ${'hello '.repeat(2_000)} }`, `{ ${'hello '.repeat(500)} }`],
  [
    'QUERY_TOO_COSTLY',
    '{ books(first: 100) { nodes { similar(first: 100) { nodes { id } } } } }',
    '{ books(first: 99) { nodes { similar(first: 99) { nodes { id } } } } }',
  ],
];

describe('limits, the same at both doors', () => {
  it.each(REFUSED)('refuses %s over HTTP', async (reason, tooMuch, allowed) => {
    const refused = await post(server.url, { query: tooMuch, token: 'reader' });
    expect(refused.errors[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', reason });
    expect((await post(server.url, { query: allowed, token: 'reader' })).errors).toEqual([]);
  });

  it.each(REFUSED)('refuses %s over a websocket', async (reason, tooMuch, allowed) => {
    const refused = await operate(server.wsUrl, 'reader', tooMuch);
    expect(refused.errors[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', reason });
    expect((await operate(server.wsUrl, 'reader', allowed)).errors).toEqual([]);
  });

  it('answers a field that was asked for 500 times once', async () => {
    const { data } = await post(server.url, { query: `{ ${'hello '.repeat(500)} }` });
    expect(data).toEqual({ hello: 'anonymous' });
  });

  it('shows the schema to callers with a token, as the tools of the trade ask for it', async () => {
    const query = getIntrospectionQuery({ descriptions: true, inputValueDeprecation: true });
    expect((await post(server.url, { query, token: 'reader' })).data?.['__schema']).toBeDefined();
    expect((await operate(server.wsUrl, 'reader', query)).data?.['__schema']).toBeDefined();
    const anonymous = await post(server.url, { query });
    expect(anonymous.errors[0]?.extensions.reason).toBe('INTROSPECTION_NEEDS_TOKEN');
    for (const hidden of [
      '{ __type(name: "Book") { name } }',
      'query ($t: String = "Book") { __type(name: $t) { name } }',
    ]) {
      expect((await post(server.url, { query: hidden })).errors[0]?.extensions.reason).toBe(
        'INTROSPECTION_NEEDS_TOKEN',
      );
    }
  });

  it('bounds a page whatever its cost', async () => {
    const { errors } = await post(server.url, {
      query: '{ books(first: 101) { nodes { id } } }',
      token: 'reader',
    });
    expect(errors[0]?.extensions).toMatchObject({ reason: 'INVALID_INPUT', fields: [{ path: 'first' }] });
    expect(BOOKS.length).toBeLessThan(101);
  });
});
