import { channel } from 'node:diagnostics_channel';
import type { FastifyInstance } from 'fastify';
import { buildSchema, isObjectType } from 'graphql';
import type { GraphQLObjectType } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EVENT_TOPICS, encodeEventCursor } from '../../src/kernel/events.js';
import { newId, parsePublicId } from '../../src/kernel/ids.js';
import { printApiSchema } from '../../src/app/schema.js';
import { eventually } from '../support/eventually.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';
import { FIELD_CASES, ROOT_CASES } from './cases.js';
import type { Case } from './cases.js';
import { fieldsThatTakeIds, nestedOperationOf, operationOf, rootFields } from './operations.js';
import { Rows } from './rows.js';
import { createBorders, idOf, unknownId } from './tenants.js';
import type { Attacker, Border, Named } from './tenants.js';

const schema = buildSchema(await printApiSchema());
const fields = rootFields(schema);

/** Routes without GraphQL; each with what a stranger could put into it, given ids of the victim or unknown ones. */
const ROUTE_CASES: Readonly<
  Record<string, ((agency: string, subaccount: string, message: string) => string) | null>
> = {
  'GET /graphql': null,
  'GET /health/live': null,
  'GET /health/ready': null,
  'GET /qr/*': (agency, subaccount, device) =>
    `/qr/${agency}/${subaccount}/${device}?expires=99999999999&signature=${'A'.repeat(43)}`,
  'GET /usage/*': (agency, subaccount) =>
    `/usage/${agency}/${subaccount}/2026-01-01/2026-12-31?expires=99999999999&signature=${'A'.repeat(43)}`,
  'POST /hooks/*': (agency, subaccount, automation) =>
    `/hooks/${agency}/${subaccount}/${automation}/1/${'A'.repeat(43)}`,
  'GET /bulk/*': (agency, subaccount, operation) =>
    `/bulk/${agency}/${subaccount}/${operation}/errors?expires=99999999999&signature=${'A'.repeat(43)}`,
  'PUT /bulk/*': (agency, subaccount, operation) =>
    `/bulk/${agency}/${subaccount}/${operation}/upload?expires=99999999999&signature=${'A'.repeat(43)}`,
  'GET /media/*': (agency, subaccount, message) =>
    `/media/${agency}/${subaccount}/${message}?expires=99999999999&signature=${'A'.repeat(43)}`,
};

/** The doors, where a token is needed: doors.test.ts. Their description, which is of nobody. */
const WALKED_ELSEWHERE = /^\w+ \/(?:wagy|whatspie|wapiz|docs|openapi\.json)\b/;

describe('the walk', () => {
  it('has a case for every root field', () => {
    expect([...fields.keys()].sort()).toEqual(Object.keys(ROOT_CASES).sort());
  });

  it('has a case for every field that takes an id', () => {
    expect(fieldsThatTakeIds(schema).sort()).toEqual(Object.keys(FIELD_CASES).sort());
  });

  it('has a case for every type of node', () => {
    const nodes = schema.getPossibleTypes(schema.getType('Node') as never).map(({ name }) => name);
    const cases = ROOT_CASES['Query.node'];
    expect(Array.isArray(cases) && cases.map(({ named }: Case) => named).sort()).toEqual([...nodes].sort());
  });

  it('has a case for every argument that names something', () => {
    const named = (name: string): readonly Named[] => {
      const cases = ROOT_CASES[name];
      return Array.isArray(cases) ? cases.map((each: Case) => each.named) : [];
    };
    const harmless = [...fields].filter(([name]) => named(name).length === 0);
    const wrong = harmless.filter(([, field]) => field.args.some(({ type }) => /\bID\b/.test(String(type))));
    expect(wrong.map(([name]) => name)).toEqual([]);
  });
});

describe.each([
  { wall: 'row-level security and the ORM filter', tenantFilter: true },
  { wall: 'row-level security alone', tenantFilter: false },
])('behind $wall', ({ tenantFilter }) => {
  let server: TestServer;
  let hooks: WebhookReceiver;
  let rows: Rows;
  let borders: readonly Border[];
  const routes: string[] = [];
  /** Every answer that any attacker got. */
  const answers: string[] = [];
  /** The places of everything that happened to the victim. */
  let places: readonly string[] = [];

  beforeAll(async () => {
    const onFastify = (message: unknown): void => {
      (message as { fastify: FastifyInstance }).fastify.addHook('onRoute', ({ method, url }) => {
        routes.push(...[method].flat().map((each) => `${each} ${url}`));
      });
    };
    channel('fastify.initialization').subscribe(onFastify);
    hooks = await WebhookReceiver.start();
    server = await startTestServer({ tenantFilter, env: { OUTBOUND_ALLOW: hooks.host } });
    channel('fastify.initialization').unsubscribe(onFastify);
    rows = await Rows.open(server);
  });
  afterAll(async () => {
    await rows[Symbol.asyncDispose]();
    await server.stop();
    await hooks[Symbol.asyncDispose]();
  });

  /** Every topic happened to the victim, in both of its streams. */
  async function addEventsOfEveryTopic(): Promise<void> {
    const [border] = borders;
    if (border === undefined) throw new Error('no border');
    const agencyId = uuidOf(idOf(border.victim, 'Agency'));
    const subaccountId = uuidOf(idOf(border.victim, 'Subaccount'));
    for (const streamId of [agencyId, subaccountId]) {
      for (const topic of EVENT_TOPICS) {
        await rows.query(
          `with counter as (update event_stream set last_seq = last_seq + 1 where id = $1 returning last_seq)
           insert into event (stream_id, seq, agency_id, subaccount_id, topic, payload, occurred_at)
           select $1, last_seq, $2, $3, $4, '{}', now() from counter`,
          [streamId, agencyId, subaccountId, topic],
        );
      }
    }
  }

  async function placesOf(border: Border | undefined): Promise<string[]> {
    const streamIds = [border?.victim.Agency, border?.victim.Subaccount].map((id) => uuidOf(id ?? ''));
    const events = await rows.query<{ stream_id: string; seq: string; topic: string }>(
      'select stream_id, seq, topic from event where stream_id = any ($1)',
      [streamIds],
    );
    expect([...new Set(events.map(({ topic }) => topic))].sort()).toEqual([...EVENT_TOPICS].sort());
    return events.map(({ stream_id: streamId, seq }) => encodeEventCursor({ streamId, seq: Number(seq) }));
  }

  async function standsStill(border: Border): Promise<void> {
    let last: unknown = null;
    await eventually(async () => {
      const before = last;
      last = await rows.fingerprint(border);
      return JSON.stringify(before) === JSON.stringify(last);
    }).toBe(true);
  }

  async function unchanged(border: Border, act: () => Promise<void>): Promise<void> {
    const before = await rows.fingerprint(border);
    await act();
    expect(await rows.fingerprint(border)).toEqual(before);
  }

  /** What a caller sees, without what differs between any two requests and without the id that was asked for. */
  async function ask(attacker: Attacker, query: string, variables: object, id: string): Promise<unknown> {
    const answer = query.startsWith('subscription')
      ? await firstOf(attacker, query, { ...variables })
      : await server.graphql(query, { ...variables }, attacker.api.token);
    const text = JSON.stringify(answer)
      .replaceAll(id, '<id>')
      .replace(/"requestId":"[^"]*"/g, '"requestId":"<id>"');
    answers.push(text);
    return JSON.parse(text);
  }

  async function firstOf(
    attacker: Attacker,
    query: string,
    variables: Record<string, unknown>,
  ): Promise<unknown> {
    const client = attacker.api.openSocket();
    const outcome = await new Promise((resolve) => {
      client.subscribe(
        { query, variables },
        { next: resolve, error: resolve, complete: () => resolve('over') },
      );
      setTimeout(() => resolve('nothing'), 10_000);
    });
    await client.dispose();
    return outcome;
  }

  /** Returns the cases that some attacker was allowed to try. */
  async function looksUnknown(
    border: Border,
    cases: readonly Case[],
    query: string,
    parent?: GraphQLObjectType,
  ) {
    const tried = new Set<Case>();
    for (const attacker of border.attackers) {
      for (const each of cases) {
        const { named, variables } = each;
        const foreignId = border.victim[named];
        const parentId = parent === undefined ? undefined : attacker.own[parent.name as Named];
        if (foreignId === undefined || (parent !== undefined && parentId === undefined)) continue;
        const unknown = unknownId(named);
        const own = { ...(parentId !== undefined && { parent: parentId }) };
        const actual = await ask(
          attacker,
          query,
          { ...own, ...variables(foreignId, attacker.own) },
          foreignId,
        );
        const expected = await ask(attacker, query, { ...own, ...variables(unknown, attacker.own) }, unknown);
        expect(actual, `${attacker.who} names a ${named}`).toEqual(expected);
        // An operation that is refused before it looks proves nothing.
        expect(JSON.stringify(actual)).not.toMatch(/GRAPHQL_|INTERNAL_SERVER_ERROR/);
        if (!JSON.stringify(actual).includes('ACTION_NOT_ALLOWED')) tried.add(each);
      }
    }
    return tried;
  }

  it('begins with tenants side by side', { timeout: 120_000 }, async () => {
    borders = await createBorders(server, hooks);
    await addEventsOfEveryTopic();
    await server.app.services.usageCounter.countAll();
    for (const border of borders) await standsStill(border);
    places = await placesOf(borders[0]);
    expect(borders).toHaveLength(3);
  });

  it.each([...fields.keys()])('%s treats what is foreign like what does not exist', async (name) => {
    const cases = ROOT_CASES[name];
    const field = fields.get(name);
    if (cases === undefined || field === undefined) throw new Error(`${name} has no case`);
    const query = operationOf(name, field);
    const reached: Case[] = [];
    for (const border of borders) {
      await unchanged(border, async () => {
        if ('reason' in cases) await ask(lastOf(border.attackers), query, cases.variables, 'none');
        else await looksUnknown(border, cases, query).then((tried) => reached.push(...tried));
      });
    }
    // A case that nobody may even try proves nothing.
    if (!('reason' in cases)) expect(new Set(reached)).toEqual(new Set(cases));
  });

  it.each(Object.entries(FIELD_CASES))('%s finds nothing by a foreign id', async (name, cases) => {
    const [typeName = '', fieldName = ''] = name.split('.');
    const type = schema.getType(typeName);
    const field = isObjectType(type) ? type.getFields()[fieldName] : undefined;
    if (!isObjectType(type) || field === undefined) throw new Error(`there is no ${name}`);
    for (const border of borders) {
      await looksUnknown(border, cases, nestedOperationOf(typeName, field), type);
    }
  });

  it.each(EVENT_TOPICS)('%s is told to nobody else', async (topic) => {
    const enumName = topic.replace('.', '_').toUpperCase();
    // Whoever shares a stream with the victim may read it.
    for (const { attackers } of borders.slice(0, 2)) {
      for (const attacker of attackers) {
        const query = `query ($id: ID!) {
          agency: events(topics: [${enumName}]) { events { cursor } }
          subaccount: events(subaccountId: $id, topics: [${enumName}]) { events { cursor } } }`;
        const text = JSON.stringify(await ask(attacker, query, { id: attacker.own.Subaccount }, 'none'));
        expect(places.filter((each) => text.includes(each))).toEqual([]);
      }
    }
  });

  it('every route answers ids of others like unknown ones', async () => {
    const seen = [...new Set(routes)].filter(
      (route) => !/^(?:HEAD|OPTIONS|POST) (?!\/hooks\/)/.test(route) && !WALKED_ELSEWHERE.test(route),
    );
    expect(seen.sort()).toEqual(Object.keys(ROUTE_CASES).sort());
    const origin = new URL(server.url).origin;
    for (const { victim } of borders.slice(0, 1)) {
      const ids = (['Agency', 'Subaccount', 'Message'] as const).map((named) => uuidOf(idOf(victim, named)));
      for (const [route, path] of Object.entries(ROUTE_CASES)) {
        if (path === null) continue;
        const [method = ''] = route.split(' ');
        const read = async ([a = '', b = '', c = '']: readonly string[]): Promise<unknown> => {
          const response = await fetch(`${origin}${path(a, b, c)}`, {
            method,
            ...(method === 'PUT' && { body: 'phone_number' }),
          });
          const { error } = (await response.json()) as { error: { requestId: string } };
          return { status: response.status, error: { ...error, requestId: null } };
        };
        expect(await read(ids)).toEqual(await read([newId(), newId(), newId()]));
      }
    }
  });

  it('nothing of the victim stood in any answer', () => {
    expect(answers.length).toBeGreaterThan(100);
    const secrets = new Set(borders.flatMap((border) => border.secrets));
    for (const secret of secrets) expect(answers.filter((answer) => answer.includes(secret))).toEqual([]);
  });
});

function uuidOf(publicId: string): string {
  return parsePublicId(publicId)?.uuid ?? '';
}

/** Those who may do least come last; whoever ends its own session must not be needed again. */
function lastOf(attackers: readonly Attacker[]): Attacker {
  const last = attackers.at(-1);
  if (last === undefined) throw new Error('no attacker');
  return last;
}
