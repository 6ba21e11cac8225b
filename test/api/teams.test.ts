import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiClient } from '../support/api-client.js';
import { createColleague } from '../support/colleague.js';
import { createKey, seed } from '../support/seed.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

interface Team {
  readonly id: string;
  readonly name: string;
  readonly memberIds: readonly string[];
}

interface ToldEvent {
  readonly topic: string;
  readonly actor: { readonly kind: string; readonly nodeId: string | null; readonly node: object | null };
}

const TEAM = 'team { id name memberIds }';

async function createTeam(api: ApiClient, input: object): Promise<Team> {
  return (await api.mutate<{ team: Team }>('createTeam', { ...input }, TEAM)).team;
}

async function teamsOf(api: ApiClient, subaccountId: string, memberId?: string): Promise<string[]> {
  const { subaccount } = await api.ask<{ subaccount: { teams: { nodes: Team[] } } }>(
    `query ($id: ID!, $filter: TeamFilter) {
      subaccount(id: $id) { teams(filter: $filter) { nodes { name } } } }`,
    { id: subaccountId, filter: memberId === undefined ? null : { memberId } },
  );
  return subaccount.teams.nodes.map(({ name }) => name);
}

async function eventsOf(api: ApiClient, subaccountId: string, topic: string): Promise<ToldEvent[]> {
  const { events } = await api.ask<{ events: { events: ToldEvent[] } }>(
    `query ($id: ID!, $topics: [EventTopic!]) { events(subaccountId: $id, topics: $topics) {
      events { topic actor { kind nodeId node { id } } } } }`,
    { id: subaccountId, topics: [topic] },
  );
  return events.events;
}

describe('teams', () => {
  it('have members, who may be in several', async () => {
    const place = await seed(server).agency().subaccount();
    const [ani, budi] = [
      await createColleague(place.agency, 'AGENT', [place]),
      await createColleague(place.agency, 'AGENT', [place]),
    ];
    const sales = await createTeam(place.api, { subaccountId: place.id, name: 'Sales', memberIds: [ani.id] });
    const support = await createTeam(place.api, { subaccountId: place.id, name: 'Support' });
    const { team } = await place.api.mutate<{ team: Team }>(
      'addTeamMembers',
      { teamId: support.id, userIds: [ani.id, budi.id, ani.id] },
      TEAM,
    );
    expect(team.memberIds).toEqual([ani.id, budi.id].sort());
    expect(await teamsOf(place.api, place.id)).toEqual(['Sales', 'Support']);
    expect(await teamsOf(ani.api, place.id, ani.id)).toEqual(['Sales', 'Support']);
    expect(await teamsOf(place.api, place.id, budi.id)).toEqual(['Support']);
    await place.api.mutate('removeTeamMembers', { teamId: support.id, userIds: [ani.id] }, TEAM);
    expect(await teamsOf(place.api, place.id, ani.id)).toEqual(['Sales']);
    await place.api.mutate('deleteTeam', { teamId: sales.id }, 'deletedId');
    expect(await teamsOf(place.api, place.id)).toEqual(['Support']);
  });

  it('show who is in them to those who may read users, and ids to everybody', async () => {
    const place = await seed(server).agency().subaccount();
    const agent = await createColleague(place.agency, 'AGENT', [place]);
    const viewer = await createColleague(place.agency, 'VIEWER', [place]);
    const team = await createTeam(place.api, {
      subaccountId: place.id,
      name: 'Sales',
      memberIds: [agent.id],
    });
    const query = 'query ($id: ID!) { team(id: $id) { memberIds members { email } } }';
    for (const { api } of [place, agent]) {
      expect(await api.ask(query, { id: team.id })).toEqual({
        team: { memberIds: [agent.id], members: [{ email: agent.email }] },
      });
    }
    expect(await viewer.api.refusal(query, { id: team.id })).toMatchObject({ reason: 'ACTION_NOT_ALLOWED' });
    const ids = 'query ($id: ID!) { team(id: $id) { memberIds } }';
    expect(await viewer.api.ask(ids, { id: team.id })).toEqual({ team: { memberIds: [agent.id] } });
  });

  it('are named once in a subaccount, whatever the case of the letters', async () => {
    const agency = seed(server).agency();
    const [place, elsewhere] = [await agency.subaccount(), await agency.subaccount()];
    await createTeam(place.api, { subaccountId: place.id, name: 'Sales' });
    const other = await createTeam(place.api, { subaccountId: place.id, name: 'Support' });
    const again = { subaccountId: place.id, name: 'SALES' };
    expect(await place.api.mutationRefusal('createTeam', again)).toMatchObject({
      reason: 'TEAM_NAME_TAKEN',
      fields: ['input.name'],
    });
    const rename = { teamId: other.id, name: 'sales' };
    expect(await place.api.mutationRefusal('updateTeam', rename)).toMatchObject({
      reason: 'TEAM_NAME_TAKEN',
    });
    expect((await createTeam(elsewhere.api, { subaccountId: elsewhere.id, name: 'Sales' })).name).toBe(
      'Sales',
    );
  });

  it('take only users who work for their subaccount', async () => {
    const agency = seed(server).agency();
    const [here, there] = [await agency.subaccount(), await agency.subaccount()];
    const stranger = await createColleague(here.agency, 'AGENT', [there]);
    const admin = await createColleague(here.agency, 'AGENCY_ADMIN');
    const input = { subaccountId: here.id, name: 'Sales', memberIds: [stranger.id] };
    expect(await here.api.mutationRefusal('createTeam', input)).toMatchObject({
      reason: 'INVALID_INPUT',
      fields: ['input.memberIds'],
    });
    const team = await createTeam(here.api, { ...input, memberIds: [admin.id] });
    expect(team.memberIds).toEqual([admin.id]);
  });
});

describe('an event', () => {
  it('says who made it happen', async () => {
    const place = await seed(server).agency().subaccount();
    const admin = await createColleague(place.agency, 'SUBACCOUNT_ADMIN', [place]);
    const key = await createKey(place.agency.api, { subaccountId: place.id });
    await createTeam(admin.api, { subaccountId: place.id, name: 'By a person' });
    await createTeam(key.api, { subaccountId: place.id, name: 'By a key' });
    const actors = (await eventsOf(admin.api, place.id, 'TEAM_CREATED')).map(({ actor }) => actor);
    expect(actors).toEqual([
      { kind: 'USER', nodeId: admin.id, node: { id: admin.id } },
      { kind: 'API_KEY', nodeId: key.id, node: { id: key.id } },
    ]);
  });

  it('names people to viewers by their ids alone', async () => {
    const place = await seed(server).agency().subaccount();
    const admin = await createColleague(place.agency, 'SUBACCOUNT_ADMIN', [place]);
    const viewer = await createColleague(place.agency, 'VIEWER', [place]);
    await createTeam(admin.api, { subaccountId: place.id, name: 'Sales' });
    const [told] = await eventsOf(viewer.api, place.id, 'TEAM_CREATED');
    expect(told?.actor).toEqual({ kind: 'USER', nodeId: admin.id, node: null });
  });

  it('of a login names the user who logged in', async () => {
    const place = await seed(server).agency().subaccount();
    const agent = await createColleague(place.agency, 'AGENT', [place]);
    const { events } = await place.agency.api.ask<{ events: { events: ToldEvent[] } }>(
      '{ events(topics: [USER_LOGGED_IN]) { events { topic actor { kind nodeId node { id } } } } }',
    );
    expect(events.events.map(({ actor }) => actor.nodeId)).toContain(agent.id);
  });
});
