import { buildSchema, isObjectType } from 'graphql';
import { getMetadataStorage } from 'type-graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { printApiSchema } from '../../src/app/schema.js';
import { actionOf } from '../../src/graphql/kit/access.js';
import { ROLE_ACTIONS } from '../../src/kernel/access.js';
import type { Action } from '../../src/kernel/access.js';
import type { ApiClient } from '../support/api-client.js';
import { createColleague } from '../support/colleague.js';
import { eventually } from '../support/eventually.js';
import { seed } from '../support/seed.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';
import { ROOT_CASES } from './cases.js';
import { fieldOf, operationOf, rootFields } from './operations.js';
import { Rows } from './rows.js';
import { idOf, idsOf } from './tenants.js';
import type { Border, Ids, Named } from './tenants.js';

const schema = buildSchema(await printApiSchema());
const roots = rootFields(schema);
const { queries, mutations, subscriptions, fieldResolvers, objectTypes } = getMetadataStorage();

/** What an administrator may do and a viewer may not: `Mutation.createDevice` → its action. */
const GUARDED = new Map<string, Action>(
  [
    ...queries.map((method) => ({ root: 'Query', method })),
    ...mutations.map((method) => ({ root: 'Mutation', method })),
    ...subscriptions.map((method) => ({ root: 'Subscription', method })),
  ].flatMap(({ root, method }) => {
    const action = actionOf(method.extensions ?? {});
    return action !== null && isBetween(action) ? [[`${root}.${method.schemaName}`, action]] : [];
  }),
);

/** The same of fields of objects: `[Subaccount, webhookEndpoints]`. */
const GUARDED_FIELDS = fieldResolvers.flatMap((method) => {
  const action = actionOf(method.extensions ?? {});
  const type = objectTypes.find(({ target }) => target === method.getObjectType?.())?.name;
  return action !== null && isBetween(action) && type !== undefined && schema.getType(type) !== undefined
    ? [[type, method.schemaName] as const]
    : [];
});

/** Objects that belong to no subaccount: what they show is narrowed, not refused. */
const OF_THE_AGENCY = ['Agency', 'User', 'Invitation', 'Plan', 'Package', 'Voucher'];

function isBetween(action: Action): boolean {
  return ROLE_ACTIONS.SUBACCOUNT_ADMIN.has(action) && !ROLE_ACTIONS.VIEWER.has(action);
}

interface Answer {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors: readonly { readonly extensions: Readonly<Record<string, unknown>> }[];
}

describe.each([
  { wall: 'row-level security and the ORM filter', tenantFilter: true },
  { wall: 'row-level security alone', tenantFilter: false },
])('an administrator of one subaccount and viewer of another, behind $wall', ({ tenantFilter }) => {
  let server: TestServer;
  let hooks: WebhookReceiver;
  let rows: Rows;
  let member: ApiClient;
  /** Where the member is administrator, and viewer. */
  let own: Ids;
  let other: Ids;

  beforeAll(async () => {
    hooks = await WebhookReceiver.start();
    server = await startTestServer({ tenantFilter, env: { OUTBOUND_ALLOW: hooks.host } });
    rows = await Rows.open(server);
  });
  afterAll(async () => {
    await rows[Symbol.asyncDispose]();
    await server.stop();
    await hooks[Symbol.asyncDispose]();
  });

  const border = (): Border => ({
    name: 'between roles',
    attackers: [],
    victim: other,
    rows: { column: 'subaccount_id', publicId: idOf(other, 'Subaccount') },
    secrets: [],
  });

  async function ask(query: string, variables: object): Promise<Answer> {
    if (!query.startsWith('subscription')) {
      return server.graphql(query, { ...variables }, member.token);
    }
    const client = member.openSocket();
    const answer = await new Promise<Answer>((resolve, reject) => {
      const complete = (): void => reject(new Error('it ended without a word'));
      const error = (cause: unknown): void => reject(new Error('it failed', { cause }));
      client.subscribe(
        { query, variables: { ...variables } },
        { next: (next) => resolve(next as Answer), error, complete },
      );
    });
    await client.dispose();
    return answer;
  }

  it('begins with two subaccounts of one agency', { timeout: 120_000 }, async () => {
    const agency = seed(server).agency();
    const [here, there] = [agency.subaccount(), agency.subaccount()];
    own = await idsOf(await here.device(), 'OWN', hooks.url());
    other = await idsOf(await there.device({ connected: true }), 'OTHER', hooks.url());
    member = (
      await createColleague(await agency, 'VIEWER', [await there], { SUBACCOUNT_ADMIN: [await here] })
    ).api;
    // Readers of the event log look every few seconds.
    let [last, since] = ['', 0];
    await eventually(async () => {
      const now = JSON.stringify(await rows.fingerprint(border()));
      if (now !== last) [last, since] = [now, performance.now()];
      return performance.now() - since > 5_000;
    }).toBe(true);
  });

  it.each([...GUARDED])(
    '%s (%s) is refused, by the name of the action and the role',
    async (name, action) => {
      const field = roots.get(name);
      const cases = ROOT_CASES[name];
      if (field === undefined || cases === undefined || 'reason' in cases)
        throw new Error(`${name} has no case`);
      const before = await rows.fingerprint(border());
      const refused: Answer[] = [];
      for (const { named, variables } of cases) {
        const id = other[named];
        if (id === undefined || OF_THE_AGENCY.includes(named)) continue;
        // Among what is the member's to change, and among what is not.
        for (const beside of [own, other]) {
          const answer = await ask(operationOf(name, field), variables(id, beside));
          const error = answer.errors[0]?.extensions;
          expect(error?.['code']).not.toBe('INTERNAL_SERVER_ERROR');
          if (beside === other) expect(error).toBeDefined();
          if (error?.['reason'] !== 'ACTION_NOT_ALLOWED') continue;
          expect(error).toMatchObject({ action, role: 'VIEWER' });
          refused.push(answer);
        }
      }
      expect(await rows.fingerprint(border())).toEqual(before);
      expect(refused).not.toHaveLength(0);
    },
  );

  it.each(GUARDED_FIELDS)('%s.%s shows nothing where the role does not allow it', async (typeName, name) => {
    const type = schema.getType(typeName);
    const field = isObjectType(type) ? type.getFields()[name] : undefined;
    if (field === undefined) throw new Error(`there is no ${typeName}.${name}`);
    if (OF_THE_AGENCY.includes(typeName)) return;
    const query = `query ($id: ID!) { node(id: $id) { ... on ${typeName} { ${fieldOf(field)} } } }`;
    const theirs = other[typeName as Named];
    const mine = own[typeName as Named];
    // What is read only beneath something else, which is guarded itself.
    if (theirs === undefined || mine === undefined) return;
    const { data, errors } = await ask(query, { id: theirs });
    if (errors.length > 0) {
      expect(errors[0]?.extensions).toMatchObject({ reason: 'ACTION_NOT_ALLOWED', role: 'VIEWER' });
    } else {
      expect(data).toEqual({ node: null });
    }
    expect((await ask(query, { id: mine })).errors).toEqual([]);
  });
});

describe('what the walk walks', () => {
  it('is everything that an administrator may do and a viewer may not', () => {
    expect(GUARDED.size).toBeGreaterThan(60);
    expect(GUARDED_FIELDS.length).toBeGreaterThan(15);
  });
});
