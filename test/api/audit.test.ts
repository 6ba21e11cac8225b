import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiClient } from '../support/api-client.js';
import { createColleague } from '../support/colleague.js';
import { asRole } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { createKey, seed } from '../support/seed.js';
import type { SeededSubaccount } from '../support/seed.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

interface Entry {
  readonly id: string;
  readonly action: string;
  readonly occurredAt: string;
  readonly ipAddress: string | null;
  readonly actor: { readonly kind: string; readonly nodeId: string | null };
  readonly targetId: string | null;
  readonly facts: Readonly<Record<string, unknown>>;
}

const ENTRY = 'id action occurredAt ipAddress actor { kind nodeId } targetId facts';

async function auditOf(api: ApiClient, subaccountId: string, filter: object = {}): Promise<Entry[]> {
  await server.app.services.auditCollector.collectAll();
  const { subaccount } = await api.ask<{ subaccount: { audit: { nodes: Entry[] } } }>(
    `query ($id: ID!, $filter: AuditFilter) {
      subaccount(id: $id) { audit(first: 100, filter: $filter) { nodes { ${ENTRY} } } } }`,
    { id: subaccountId, filter },
  );
  return subaccount.audit.nodes;
}

async function agencyAudit(api: ApiClient, filter: object = {}): Promise<Entry[]> {
  await server.app.services.auditCollector.collectAll();
  const { agency } = await api.ask<{ agency: { audit: { nodes: Entry[] } } }>(
    `query ($filter: AuditFilter) { agency { audit(first: 100, filter: $filter) { nodes { ${ENTRY} } } } }`,
    { filter },
  );
  return agency.audit.nodes;
}

async function createTeam(api: ApiClient, subaccountId: string, name: string): Promise<string> {
  const { team } = await api.mutate<{ team: { id: string } }>(
    'createTeam',
    { subaccountId, name },
    'team { id }',
  );
  return team.id;
}

describe('the audit log', () => {
  it('says who did what to what, when and from where', async () => {
    const place = await seed(server).agency().subaccount();
    const admin = await createColleague(place.agency, 'SUBACCOUNT_ADMIN', [place]);
    const teamId = await createTeam(admin.api, place.id, 'Sales');
    const [entry] = await auditOf(admin.api, place.id, { targetId: teamId });
    expect(entry).toMatchObject({
      action: 'TEAM_CREATED',
      actor: { kind: 'USER', nodeId: admin.id },
      targetId: teamId,
      facts: { teamId, name: 'Sales' },
    });
    expect(entry?.ipAddress).toMatch(/^(?:127\.0\.0\.1|::1|::ffff:127\.0\.0\.1)$/);
    expect(Math.abs(Date.parse(entry?.occurredAt ?? '') - Date.now())).toBeLessThan(60_000);
  });

  it('is collected by the worker alone', async () => {
    const place = await seed(server).agency().subaccount();
    await createTeam(place.api, place.id, 'Sales');
    await eventually(async () => {
      const { subaccount } = await place.api.ask<{ subaccount: { audit: { nodes: Entry[] } } }>(
        'query ($id: ID!) { subaccount(id: $id) { audit { nodes { action } } } }',
        { id: place.id },
      );
      return subaccount.audit.nodes.map(({ action }) => action);
    }).toContain('TEAM_CREATED');
  });

  it('is filtered by action, actor, target and time, and paged', async () => {
    const place = await seed(server).agency().subaccount();
    const [ani, budi] = [
      await createColleague(place.agency, 'SUBACCOUNT_ADMIN', [place]),
      await createColleague(place.agency, 'SUBACCOUNT_ADMIN', [place]),
    ];
    const first = await createTeam(ani.api, place.id, 'First');
    const second = await createTeam(budi.api, place.id, 'Second');
    await budi.api.mutate('deleteTeam', { teamId: second }, 'deletedId');
    const actions = async (filter: object): Promise<string[]> =>
      (await auditOf(place.api, place.id, filter)).map(({ action }) => action);
    expect(await actions({ actorId: budi.id })).toEqual(['TEAM_DELETED', 'TEAM_CREATED']);
    expect(await actions({ targetId: first })).toEqual(['TEAM_CREATED']);
    expect(await actions({ actions: ['TEAM_DELETED'] })).toEqual(['TEAM_DELETED']);
    const [deleted] = await auditOf(place.api, place.id, { actions: ['TEAM_DELETED'] });
    const at = deleted?.occurredAt ?? '';
    expect(await actions({ actorId: budi.id, from: at })).toEqual(['TEAM_DELETED']);
    expect(await actions({ actorId: budi.id, to: at })).toEqual(['TEAM_CREATED']);
    const { subaccount } = await place.api.ask<{ subaccount: { audit: Paged } }>(PAGED, { id: place.id });
    const rest = await place.api.ask<{ subaccount: { audit: Paged } }>(PAGED, {
      id: place.id,
      after: subaccount.audit.pageInfo.endCursor,
    });
    const all = await auditOf(place.api, place.id);
    expect([...subaccount.audit.nodes, ...rest.subaccount.audit.nodes].map(({ id }) => id)).toEqual(
      all.slice(0, 4).map(({ id }) => id),
    );
  });

  it('tells the agency of all subaccounts and of itself, and a subaccount of itself alone', async () => {
    const agency = seed(server).agency();
    const [here, there] = [await agency.subaccount(), await agency.subaccount()];
    const teamId = await createTeam(here.api, here.id, 'Here');
    const admin = await createColleague(here.agency, 'AGENCY_ADMIN');
    const seen = await agencyAudit(admin.api);
    expect(seen.map(({ targetId }) => targetId)).toContain(teamId);
    expect(
      seen.filter(({ action, targetId }) => action === 'USER_CREATED' && targetId === admin.id),
    ).toHaveLength(1);
    // Told in two streams, entered once.
    expect(seen.filter(({ action }) => action === 'SUBACCOUNT_CREATED')).toHaveLength(2);
    expect((await auditOf(there.api, there.id)).map(({ targetId }) => targetId)).not.toContain(teamId);
  });

  it('has each act once, however many collect at the same time', async () => {
    const place = await seed(server).agency().subaccount();
    for (const name of ['A', 'B', 'C']) await createTeam(place.api, place.id, name);
    const { auditCollector } = server.app.services;
    await Promise.all([1, 2, 3, 4, 5].map(() => auditCollector.collectAll()));
    expect(await auditOf(place.api, place.id, { actions: ['TEAM_CREATED'] })).toHaveLength(3);
  });

  it('has no traffic in it, and nothing that nobody did', async () => {
    const device = await seed(server).agency().subaccount().device({ connected: true });
    const { subaccount } = device;
    const customer = server.simulator.createPhone();
    await customer.sendText(device.phone.number, 'hello');
    await device.messageWith('hello');
    const answer = await device.send({ to: customer.number, text: 'hi' });
    await eventually(async () => (await device.message(answer.id)).status).toMatch(
      /^(?:SENT|DELIVERED|READ)$/,
    );
    const actions = (await auditOf(subaccount.api, subaccount.id)).map(({ action }) => action);
    expect(actions).toContain('DEVICE_CREATED');
    expect(
      actions.filter((action) => action.startsWith('MESSAGE_') || action.startsWith('CONTACT_')),
    ).toEqual([]);
  });

  it('is for administrators', async () => {
    const place = await seed(server).agency().subaccount();
    const agent = await createColleague(place.agency, 'AGENT', [place]);
    const query = 'query ($id: ID!) { subaccount(id: $id) { audit { nodes { id } } } }';
    expect(await agent.api.refusal(query, { id: place.id })).toMatchObject({ reason: 'ACTION_NOT_ALLOWED' });
    const key = await createKey(place.api, { subaccountId: place.id }, ['subaccount:read', 'audit:read']);
    expect(await key.api.ask(query, { id: place.id })).toHaveProperty('subaccount.audit');
  });
});

interface Paged {
  readonly nodes: readonly Entry[];
  readonly pageInfo: { readonly endCursor: string };
}

const PAGED = `query ($id: ID!, $after: String) { subaccount(id: $id) {
  audit(first: 2, after: $after) { nodes { id } pageInfo { endCursor } } } }`;

describe('an entry', () => {
  it.each(['update audit_entry set ip_address = null', 'delete from audit_entry', 'truncate audit_entry'])(
    'stays whatever the application or the owner tries: %s',
    async (statement) => {
      await entered(await seed(server).agency().subaccount());
      const { app, owner } = server.connections;
      await expect(asRole(app, (client) => client.query(statement))).rejects.toThrow(/permission denied/);
      await expect(asRole(owner, (client) => client.query(statement))).rejects.toThrow(/only added to/);
    },
  );

  it('is kept for its time, and goes with its month', async () => {
    const months = (): Promise<string[]> =>
      asRole(server.connections.owner, async (client) => {
        const { rows } = await client.query<{ name: string }>(
          `select inhrelid::regclass::text as name from pg_inherits where inhparent = 'audit_entry'::regclass order by 1`,
        );
        return rows.map(({ name }) => name);
      });
    const drop = (at: Date): Promise<unknown> =>
      asRole(server.connections.app, (client) => client.query('select drop_audit_partitions($1)', [at]));
    const before = await months();
    expect(before).toHaveLength(5);
    const endOf = (name = ''): Date =>
      new Date(Date.UTC(Number(name.slice(-6, -2)), Number(name.slice(-2)), 1));
    await drop(new Date(endOf(before[0]).getTime() - 1));
    expect(await months()).toEqual(before);
    await drop(endOf(before[0]));
    expect(await months()).toEqual(before.slice(1));
  });
});

async function entered(place: SeededSubaccount): Promise<void> {
  await createTeam(place.api, place.id, 'Sales');
  expect(await auditOf(place.api, place.id)).not.toEqual([]);
}
