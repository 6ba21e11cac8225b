import { graphql } from 'graphql';
import type { ExecutionResult } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Context } from '../../../src/kernel/context.js';
import { toPublicId } from '../../../src/kernel/ids.js';
import { EventType, EventTypes } from '../../../src/graphql/kit/event.types.js';
import { GraphqlContext } from '../../../src/graphql/kit/graphql-context.js';
import { buildApi } from '../../../src/graphql/schema.js';
import type { Api } from '../../../src/graphql/schema.js';
import {
  AgencyAccessResolver,
  AgencyFoundingResolver,
  ApiKeyResolver,
  LoginResolver,
  SubaccountAccessResolver,
  UserResolver,
  ViewerResolver,
} from '../../../src/modules/identity/index.js';
import { AgencyResolver, SubaccountResolver } from '../../../src/modules/tenancy/index.js';
import { openIdentity, OPERATOR_KEY, PASSWORD, uniqueEmail } from './fixture.js';
import type { IdentityFixture } from './fixture.js';

class AnyEvent extends EventType {}

let t: IdentityFixture;
let api: Api;
beforeAll(async () => {
  t = await openIdentity();
  api = await buildApi(
    [
      new AgencyResolver(t.agencies),
      new SubaccountResolver(t.subaccounts),
      new AgencyFoundingResolver(t.founding),
      new AgencyAccessResolver(t.users, t.apiKeys),
      new SubaccountAccessResolver(t.apiKeys),
      new UserResolver(t.users),
      new LoginResolver(t.logins),
      new ApiKeyResolver(t.apiKeys),
      new ViewerResolver(t.users, t.apiKeys),
    ],
    new EventTypes((event) => new AnyEvent(event)),
  );
});
afterAll(async () => {
  await t.close();
});

async function run(token: string | null, source: string, variables: object = {}): Promise<ExecutionResult> {
  return execute(await t.authenticator.authenticate(token, 'test'), source, variables);
}

function execute(ctx: Context, source: string, variables: object = {}): Promise<ExecutionResult> {
  const contextValue = new GraphqlContext({
    ctx,
    ipAddress: '127.0.0.1',
    signal: new AbortController().signal,
    nodes: api.nodes,
    recheck: () => Promise.resolve(ctx),
    resolverOf: api.resolverOf,
  });
  return graphql({ schema: api.schema, source, contextValue, variableValues: { ...variables } });
}

/** The data of an operation that must succeed. */
async function ask(token: string | null, source: string, variables: object = {}): Promise<Answer> {
  const { data, errors } = await run(token, source, variables);
  expect(errors).toBeUndefined();
  return JSON.parse(JSON.stringify(data)) as Answer;
}

/** Answers are compared as a whole or walked by name; ids come back as text. */
interface Answer {
  readonly [field: string]: Answer & string;
}

const reasonOf = ({ errors }: ExecutionResult): unknown => {
  const cause = errors?.[0]?.originalError;
  return cause !== undefined && 'reason' in cause ? cause.reason : undefined;
};

const CREATE_AGENCY = `mutation ($input: CreateAgencyInput!) { createAgency(input: $input) {
  agency { id name createdAt subaccounts { nodes { id } } } owner { id email role subaccounts { id } } } }`;
const LOG_IN = `mutation ($input: LogInInput!) { logIn(input: $input) { user { id } sessionToken expiresAt } }`;
const CREATE_SUBACCOUNT = `mutation ($input: CreateSubaccountInput!) { createSubaccount(input: $input) {
  subaccount { id name timezone requireBusinessAccount agency { id } } } }`;
const CREATE_USER = `mutation ($input: CreateUserInput!) { createUser(input: $input) {
  user { id role subaccounts { id } } } }`;
const CREATE_KEY = `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret apiKey {
  id name prefix lastFour scopes lastUsedAt expiresAt revokedAt subaccount { id } } } }`;
const REVOKE_KEY = `mutation ($input: RevokeApiKeyInput!) { revokeApiKey(input: $input) { apiKey { revokedAt } } }`;

describe('the API of tenancy and identity', () => {
  it('takes an agency from its creation to a revoked key', async () => {
    const ownerEmail = uniqueEmail();
    const input = { name: 'Studio', ownerEmail, ownerPassword: PASSWORD };
    const { createAgency } = await ask(OPERATOR_KEY, CREATE_AGENCY, { input });
    expect(createAgency).toMatchObject({
      agency: { name: 'Studio', subaccounts: { nodes: [] } },
      owner: { email: ownerEmail, role: 'AGENCY_OWNER', subaccounts: [] },
    });
    const agencyId = createAgency?.['agency']?.['id'];

    const { logIn } = await ask(null, LOG_IN, { input: { email: ownerEmail, password: PASSWORD } });
    const token = logIn?.['sessionToken'] ?? '';
    const { createSubaccount } = await ask(token, CREATE_SUBACCOUNT, { input: { agencyId, name: 'Client' } });
    const subaccountId = createSubaccount?.['subaccount']?.['id'];
    expect(createSubaccount?.['subaccount']).toEqual({
      id: subaccountId,
      name: 'Client',
      timezone: 'UTC',
      requireBusinessAccount: false,
      agency: { id: agencyId },
    });

    const agent = { agencyId, email: uniqueEmail(), password: PASSWORD, role: 'AGENT' };
    const { createUser } = await ask(token, CREATE_USER, {
      input: { ...agent, subaccountIds: [subaccountId] },
    });
    expect(createUser?.['user']).toMatchObject({ role: 'AGENT', subaccounts: [{ id: subaccountId }] });

    const { createApiKey } = await ask(token, CREATE_KEY, {
      input: { subaccountId, name: 'CRM', scopes: ['*'] },
    });
    const secret = createApiKey?.['secret'] ?? '';
    const apiKey = createApiKey?.['apiKey'];
    expect(apiKey).toMatchObject({
      prefix: 'tl_key_',
      lastFour: secret.slice(-4),
      subaccount: { id: subaccountId },
    });

    const viewer = await ask(secret, '{ viewer { kind user { id } apiKey { id } agency { id } actions } }');
    expect(viewer['viewer']).toMatchObject({
      kind: 'API_KEY',
      user: null,
      apiKey: { id: apiKey?.['id'] },
      agency: { id: agencyId },
    });
    await ask(token, REVOKE_KEY, { input: { apiKeyId: apiKey?.['id'] } });
    await expect(run(secret, '{ viewer { kind } }')).rejects.toMatchObject({ reason: 'TOKEN_INVALID' });

    const lists = await ask(
      token,
      `query ($id: ID!) { agency { users { nodes { id } } apiKeys { nodes { id revokedAt } }
        subaccounts(filter: { name: "cli" }) { nodes { id } } } subaccount(id: $id) { apiKeys { edges { node { id } } } } }`,
      { id: subaccountId },
    );
    expect(lists).toMatchObject({
      agency: {
        users: { nodes: [{ id: createAgency?.['owner']?.['id'] }, { id: createUser?.['user']?.['id'] }] },
        apiKeys: { nodes: [{ id: apiKey?.['id'], revokedAt: expect.any(String) as string }] },
        subaccounts: { nodes: [{ id: subaccountId }] },
      },
      subaccount: { apiKeys: { edges: [{ node: { id: apiKey?.['id'] } }] } },
    });
    expect(await ask(token, 'mutation { logOut { loggedOut } }')).toEqual({ logOut: { loggedOut: true } });
  });

  it('lets the operator do the same for any agency, and shows it what it made', async () => {
    const agency = await t.newAgency();
    const agencyId = toPublicId('Agency', agency.id);
    const { createSubaccount } = await ask(OPERATOR_KEY, CREATE_SUBACCOUNT, {
      input: { agencyId, name: 'Client' },
    });
    const subaccount = createSubaccount?.['subaccount'];
    expect(subaccount).toMatchObject({ agency: { id: agencyId } });
    const subaccountId = subaccount?.['id'];
    const viewer = { agencyId, email: uniqueEmail(), password: PASSWORD, role: 'VIEWER' };
    expect(
      await ask(OPERATOR_KEY, CREATE_USER, { input: { ...viewer, subaccountIds: [subaccountId] } }),
    ).toMatchObject({ createUser: { user: { subaccounts: [{ id: subaccountId }] } } });
    expect(
      await ask(OPERATOR_KEY, CREATE_KEY, { input: { subaccountId, name: 'first', scopes: ['*'] } }),
    ).toMatchObject({ createApiKey: { apiKey: { subaccount: { id: subaccountId } } } });
    const key = await ask(OPERATOR_KEY, CREATE_KEY, { input: { agencyId, name: 'agency', scopes: ['*'] } });
    const apiKeyId = key['createApiKey']?.['apiKey']?.['id'];
    await ask(OPERATOR_KEY, REVOKE_KEY, { input: { apiKeyId, agencyId } });
    expect(
      await ask(
        OPERATOR_KEY,
        'query ($id: ID) { viewer { kind } agency(id: $id) { users { nodes { email } } apiKeys { nodes { name } } } }',
        { id: agencyId },
      ),
    ).toMatchObject({
      viewer: { kind: 'OPERATOR' },
      agency: { users: { nodes: [{}, {}] }, apiKeys: { nodes: [{ name: 'first' }, { name: 'agency' }] } },
    });
  });

  it('asks for a token and for the right to act', async () => {
    const agency = await t.newAgency();
    const viewer = await t.newUser(agency, 'VIEWER', [await t.newSubaccount(agency)]);
    const agencyId = toPublicId('Agency', agency.id);
    const create = { input: { agencyId, name: 'Client' } };
    expect(reasonOf(await run(null, '{ viewer { kind } }'))).toBe('TOKEN_MISSING');
    expect(reasonOf(await run(null, 'mutation { logOut { loggedOut } }'))).toBe('TOKEN_MISSING');
    expect(reasonOf(await run(viewer.token, CREATE_SUBACCOUNT, create))).toBe('ACTION_NOT_ALLOWED');
    expect(reasonOf(await run(viewer.token, '{ agency { users { nodes { id } } } }'))).toBe(
      'ACTION_NOT_ALLOWED',
    );
    const newAgency = { input: { name: 'X', ownerEmail: uniqueEmail(), ownerPassword: PASSWORD } };
    expect(reasonOf(await run(agency.owner.token, CREATE_AGENCY, newAgency))).toBe('ACTION_NOT_ALLOWED');
    expect(reasonOf(await run(OPERATOR_KEY, '{ agency { id } }'))).toBe('NOT_FOUND');
  });

  it('names the field of a malformed id', async () => {
    const agency = await t.newAgency();
    const wrong = { input: { agencyId: toPublicId('User', agency.id), name: 'Client' } };
    const { errors } = await run(agency.owner.token, CREATE_SUBACCOUNT, wrong);
    expect(errors?.[0]?.originalError).toMatchObject({
      reason: 'INVALID_ID',
      fields: [{ path: 'input.agencyId' }],
    });
  });

  it('reads the agencies of many subaccounts at once', async () => {
    const agency = await t.newAgency();
    for (let i = 0; i < 5; i += 1) await t.newSubaccount(agency);
    await t.usage.settle();
    const count = async (first: number): Promise<number> => {
      const before = t.db.database.queryCount;
      const query = `{ agency { subaccounts(first: ${first}) { nodes { agency { id } } } } }`;
      expect((await execute(agency.owner.ctx, query)).errors).toBeUndefined();
      return t.db.database.queryCount - before;
    };
    expect(await count(5)).toBe(await count(2));
  });
});
