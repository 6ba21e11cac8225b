import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiClient } from '../support/api-client.js';
import { createColleague, logIn } from '../support/colleague.js';
import { eventually } from '../support/eventually.js';
import { createKey, seed } from '../support/seed.js';
import type { SeededAgency } from '../support/seed.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const PASSWORD = 'another horse battery staple';
const VIEWER = '{ viewer { role user { id } } }';

interface Invited {
  readonly token: string;
  readonly invitation: { readonly id: string; readonly status: string };
}

function invite(api: ApiClient, input: object): Promise<Invited> {
  return api.mutate<Invited>('inviteUser', { ...input }, 'token invitation { id status }');
}

async function statusesOf(agency: SeededAgency): Promise<string[]> {
  const { agency: found } = await agency.api.ask<{
    agency: { invitations: { nodes: { status: string }[] } };
  }>('{ agency { invitations { nodes { status } } } }');
  return found.invitations.nodes.map(({ status }) => status);
}

async function topicsOf(api: ApiClient, subaccountId: string, topics: string[]): Promise<string[]> {
  const { events } = await api.ask<{ events: { events: { topic: string }[] } }>(
    'query ($id: ID!, $topics: [EventTopic!]) { events(subaccountId: $id, topics: $topics) { events { topic } } }',
    { id: subaccountId, topics },
  );
  return events.events.map(({ topic }) => topic);
}

async function whoami(api: ApiClient): Promise<{ role: string | null; user: { id: string } | null }> {
  return (await api.ask<{ viewer: { role: string | null; user: { id: string } | null } }>(VIEWER)).viewer;
}

describe('a change of a user', () => {
  it('takes effect at once for the session that is open', async () => {
    const agency = seed(server).agency();
    const [here, there] = [await agency.subaccount(), await agency.subaccount()];
    const agent = await createColleague(here.agency, 'AGENT', [here]);
    const { team } = await here.api.mutate<{ team: { id: string } }>(
      'createTeam',
      { subaccountId: here.id, name: 'Sales', memberIds: [agent.id] },
      'team { id }',
    );
    const see = 'query ($id: ID!) { subaccount(id: $id) { id } }';
    expect(await agent.api.refusal(see, { id: there.id })).toMatchObject({ reason: 'NOT_FOUND' });
    const { user } = await here.agency.api.mutate<{ user: object }>(
      'updateUser',
      { userId: agent.id, role: 'SUBACCOUNT_ADMIN', subaccountIds: [there.id] },
      'user { role subaccounts { id } }',
    );
    expect(user).toEqual({ role: 'SUBACCOUNT_ADMIN', subaccounts: [{ id: there.id }] });
    expect(await agent.api.ask(see, { id: there.id })).toEqual({ subaccount: { id: there.id } });
    expect(await agent.api.refusal(see, { id: here.id })).toMatchObject({ reason: 'NOT_FOUND' });
    expect(await here.api.ask('query ($id: ID!) { team(id: $id) { memberIds } }', { id: team.id })).toEqual({
      team: { memberIds: [] },
    });
    const topics = ['MEMBER_ADDED', 'MEMBER_REMOVED'];
    expect(await topicsOf(here.api, here.id, topics)).toEqual(topics);
    expect(await topicsOf(there.api, there.id, topics)).toEqual(['MEMBER_ADDED']);
  });

  it('is refused where it would lift somebody above the caller, or touch somebody above them', async () => {
    const agency = await seed(server).agency();
    const admin = await createColleague(agency, 'AGENCY_ADMIN');
    const peer = await createColleague(agency, 'AGENCY_ADMIN');
    const owner = await logIn(agency.api, agency.ownerEmail, agency.ownerPassword);
    const ownerId = (await whoami(owner)).user?.id;
    const refused = { reason: 'ROLE_NOT_ALLOWED' };
    const lift = { userId: peer.id, role: 'AGENCY_OWNER' };
    expect(await admin.api.mutationRefusal('updateUser', lift)).toMatchObject(refused);
    const demote = { userId: ownerId, role: 'AGENCY_ADMIN' };
    expect(await admin.api.mutationRefusal('updateUser', demote)).toMatchObject(refused);
    expect(await admin.api.mutationRefusal('removeUser', { userId: ownerId })).toMatchObject(refused);
    const reset = { userId: ownerId, newPassword: PASSWORD };
    expect(await admin.api.mutationRefusal('resetPassword', reset)).toMatchObject(refused);
  });
});

describe('an agent', () => {
  it('sees who works for the same subaccount, and nobody else of the agency', async () => {
    const made = seed(server).agency();
    const [here, there] = [await made.subaccount(), await made.subaccount()];
    const { agency } = here;
    const agent = await createColleague(agency, 'AGENT', [here]);
    const colleague = await createColleague(agency, 'AGENT', [here, there]);
    const stranger = await createColleague(agency, 'AGENT', [there]);
    const { agency: seen } = await agent.api.ask<{ agency: { users: { nodes: { email: string }[] } } }>(
      '{ agency { users(first: 100) { nodes { email } } } }',
    );
    expect(seen.users.nodes.map(({ email }) => email).sort()).toEqual([agent.email, colleague.email].sort());
    const one = 'query ($id: ID!) { node(id: $id) { ... on User { email subaccounts { id } } } }';
    expect(await agent.api.ask(one, { id: colleague.id })).toEqual({
      node: { email: colleague.email, subaccounts: [{ id: here.id }] },
    });
    expect(await agent.api.ask(one, { id: stranger.id })).toEqual({ node: null });
  });
});

describe('an owner', () => {
  it('cannot be the last one to go, and of two at once one stays', async () => {
    const agency = await seed(server).agency();
    const first = await logIn(agency.api, agency.ownerEmail, agency.ownerPassword);
    const firstId = (await whoami(first)).user?.id ?? '';
    const last = { reason: 'LAST_OWNER' };
    expect(await first.mutationRefusal('removeUser', { userId: firstId })).toMatchObject(last);
    const demote = { userId: firstId, role: 'AGENCY_ADMIN' };
    expect(await first.mutationRefusal('updateUser', demote)).toMatchObject(last);
    const { user } = await first.mutate<{ user: { id: string } }>(
      'createUser',
      { agencyId: agency.id, email: 'second@example.com', password: PASSWORD, role: 'AGENCY_OWNER' },
      'user { id }',
    );
    const second = await logIn(agency.api, 'second@example.com', PASSWORD);
    const outcomes = await Promise.allSettled([
      first.mutate('removeUser', { userId: user.id }, 'deletedId'),
      second.mutate('removeUser', { userId: firstId }, 'deletedId'),
    ]);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const { agency: left } = await agency.api.ask<{
      agency: { users: { nodes: { role: string | null }[] } };
    }>('{ agency { users { nodes { role } } } }');
    expect(left.users.nodes.map(({ role }) => role).sort()).toEqual(['AGENCY_OWNER', null]);
  });
});

describe('a user who was removed', () => {
  it('is logged out at once, leaves teams, and still names what was done', async () => {
    const place = await seed(server).agency().subaccount();
    const agent = await createColleague(place.agency, 'AGENT', [place]);
    const { team } = await place.api.mutate<{ team: { id: string } }>(
      'createTeam',
      { subaccountId: place.id, name: 'Sales', memberIds: [agent.id] },
      'team { id }',
    );
    await place.agency.api.mutate('removeUser', { userId: agent.id }, 'deletedId');
    expect(await agent.api.refusal(VIEWER)).toMatchObject({ reason: 'TOKEN_INVALID' });
    const login = { email: agent.email, password: agent.password };
    expect(await place.api.as(null).mutationRefusal('logIn', login)).toMatchObject({
      reason: 'LOGIN_FAILED',
    });
    expect(
      await place.agency.api.ask(
        `query ($team: ID!, $user: ID!) { team(id: $team) { memberIds }
          node(id: $user) { ... on User { email role removedAt } } }`,
        { team: team.id, user: agent.id },
      ),
    ).toEqual({
      team: { memberIds: [] },
      node: { email: agent.email, role: null, removedAt: expect.any(String) as string },
    });
    expect(await topicsOf(place.api, place.id, ['MEMBER_REMOVED'])).toEqual(['MEMBER_REMOVED']);
  });

  it('is told to every subaccount when the role was of the whole agency', async () => {
    const agency = seed(server).agency();
    const places = [await agency.subaccount(), await agency.subaccount()];
    const admin = await createColleague(await agency, 'AGENCY_ADMIN');
    await (await agency).api.mutate('removeUser', { userId: admin.id }, 'deletedId');
    for (const { api, id } of places) {
      expect(await topicsOf(api, id, ['MEMBER_REMOVED'])).toEqual(['MEMBER_REMOVED']);
    }
  });

  it('stops receiving what was subscribed', async () => {
    const place = await seed(server).agency().subaccount();
    const agent = await createColleague(place.agency, 'AGENT', [place]);
    const socket = agent.api.openSocket();
    let closed = false;
    socket.on('closed', () => (closed = true));
    socket.subscribe(
      { query: 'subscription ($id: ID!) { events(subaccountId: $id) { id } }', variables: { id: place.id } },
      { next: () => undefined, error: () => undefined, complete: () => undefined },
    );
    await new Promise<void>((resolve) => socket.on('connected', () => resolve()));
    await place.agency.api.mutate('removeUser', { userId: agent.id }, 'deletedId');
    await eventually(async () => closed).toBe(true);
    await socket.dispose();
  });

  it('frees the address for somebody new', async () => {
    const place = await seed(server).agency().subaccount();
    const agent = await createColleague(place.agency, 'AGENT', [place]);
    await place.agency.api.mutate('removeUser', { userId: agent.id }, 'deletedId');
    const { token } = await invite(place.agency.api, { email: agent.email, role: 'AGENCY_ADMIN' });
    const { user } = await place.api.mutate<{ user: { id: string } }>(
      'acceptInvitation',
      { token, password: PASSWORD },
      'user { id }',
    );
    expect(user.id).not.toBe(agent.id);
  });
});

describe('a password', () => {
  it('is changed by its user, which ends the other sessions', async () => {
    const agency = await seed(server).agency();
    const user = await createColleague(agency, 'AGENCY_ADMIN');
    const other = await logIn(agency.api, user.email, user.password);
    const wrong = { currentPassword: 'not this one', newPassword: PASSWORD };
    expect(await user.api.mutationRefusal('changePassword', wrong)).toMatchObject({
      reason: 'PASSWORD_WRONG',
      fields: ['input.currentPassword'],
    });
    await user.api.mutate(
      'changePassword',
      { currentPassword: user.password, newPassword: PASSWORD },
      'user { id }',
    );
    expect((await whoami(user.api)).user?.id).toBe(user.id);
    expect(await other.refusal(VIEWER)).toMatchObject({ reason: 'TOKEN_INVALID' });
    const again = await logIn(agency.api, user.email, PASSWORD);
    expect((await whoami(again)).user?.id).toBe(user.id);
  });

  it('is reset by an administrator, which ends all sessions', async () => {
    const place = await seed(server).agency().subaccount();
    const agent = await createColleague(place.agency, 'AGENT', [place]);
    const admin = await createColleague(place.agency, 'AGENCY_ADMIN');
    await admin.api.mutate('resetPassword', { userId: agent.id, newPassword: PASSWORD }, 'user { id }');
    expect(await agent.api.refusal(VIEWER)).toMatchObject({ reason: 'TOKEN_INVALID' });
    expect((await whoami(await logIn(place.api, agent.email, PASSWORD))).user?.id).toBe(agent.id);
  });

  it('is not for keys to change', async () => {
    const agency = await seed(server).agency();
    const input = { currentPassword: 'x', newPassword: PASSWORD };
    expect(await agency.api.mutationRefusal('changePassword', input)).toMatchObject({ reason: 'NO_USER' });
  });
});

describe('an invitation', () => {
  it('makes a user who is logged in, once', async () => {
    const place = await seed(server).agency().subaccount();
    const email = `ani-${place.id}@example.com`;
    const { token } = await invite(place.agency.api, { email, role: 'AGENT', subaccountIds: [place.id] });
    const guest = place.api.as(null);
    const accepted = await guest.mutate<{ sessionToken: string; user: object }>(
      'acceptInvitation',
      { token, password: PASSWORD },
      'sessionToken user { email role }',
    );
    expect(accepted.user).toEqual({ email, role: 'AGENT' });
    expect((await whoami(guest.as(accepted.sessionToken))).role).toBe('AGENT');
    expect(await topicsOf(place.api, place.id, ['MEMBER_ADDED'])).toEqual(['MEMBER_ADDED']);
    const again = { token, password: PASSWORD };
    expect(await guest.mutationRefusal('acceptInvitation', again)).toMatchObject({
      reason: 'INVITATION_INVALID',
    });
    expect(await statusesOf(place.agency)).toEqual(['ACCEPTED']);
  });

  it('lets in only with its newest token, and not after it was taken back', async () => {
    const place = await seed(server).agency().subaccount();
    const email = `budi-${place.id}@example.com`;
    const first = await invite(place.agency.api, { email, role: 'AGENT', subaccountIds: [place.id] });
    const { id: invitationId } = first.invitation;
    const taken = { email: email.toUpperCase(), role: 'AGENT', subaccountIds: [place.id] };
    expect(await place.agency.api.mutationRefusal('inviteUser', taken)).toMatchObject({
      reason: 'INVITATION_PENDING',
    });
    const { token } = await place.agency.api.mutate<Invited>('resendInvitation', { invitationId }, 'token');
    const guest = place.api.as(null);
    const invalid = { reason: 'INVITATION_INVALID' };
    const accept = (given: string): Promise<unknown> =>
      guest.mutationRefusal('acceptInvitation', { token: given, password: PASSWORD });
    expect(await accept(first.token)).toMatchObject(invalid);
    await place.agency.api.mutate('revokeInvitation', { invitationId }, '__typename');
    expect(await accept(token)).toMatchObject(invalid);
    expect(await accept('tl_inv_nonsense')).toMatchObject(invalid);
    const closed = await place.agency.api.mutationRefusal('resendInvitation', { invitationId });
    expect(closed).toMatchObject({ reason: 'INVITATION_CLOSED' });
  });

  it('ends with the key that made it, or sent it once more', async () => {
    const place = await seed(server).agency().subaccount();
    const { agency } = place;
    const holder = { agencyId: agency.id };
    const [gone, other] = [await createKey(agency.api, holder), await createKey(agency.api, holder)];
    const invited = (name: string): object => ({
      email: `${name}-${place.id}@example.com`,
      role: 'AGENT',
      subaccountIds: [place.id],
    });
    const { token } = await invite(gone.api, invited('first'));
    await invite(other.api, invited('second'));
    const third = await invite(gone.api, invited('third'));
    await other.api.mutate('resendInvitation', { invitationId: third.invitation.id }, '__typename');
    await agency.api.mutate('revokeApiKey', { apiKeyId: gone.id }, '__typename');
    expect(await statusesOf(agency)).toEqual(['REVOKED', 'PENDING', 'PENDING']);
    const acceptance = { token, password: PASSWORD };
    expect(await place.api.as(null).mutationRefusal('acceptInvitation', acceptance)).toMatchObject({
      reason: 'INVITATION_INVALID',
    });
    await agency.api.mutate('revokeApiKey', { apiKeyId: other.id }, '__typename');
    expect(await statusesOf(agency)).toEqual(['REVOKED', 'REVOKED', 'REVOKED']);
  });

  it('is not sent to users, nor with a role above that of whoever invites', async () => {
    const place = await seed(server).agency().subaccount();
    const agent = await createColleague(place.agency, 'AGENT', [place]);
    const admin = await createColleague(place.agency, 'AGENCY_ADMIN');
    const known = { email: agent.email, role: 'VIEWER', subaccountIds: [place.id] };
    expect(await admin.api.mutationRefusal('inviteUser', known)).toMatchObject({ reason: 'EMAIL_TAKEN' });
    const above = { email: `x-${place.id}@example.com`, role: 'AGENCY_OWNER' };
    expect(await admin.api.mutationRefusal('inviteUser', above)).toMatchObject({
      reason: 'ROLE_NOT_ALLOWED',
    });
  });
});
