import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiClient } from '../support/api-client.js';
import { createColleague, logIn } from '../support/colleague.js';
import type { Colleague } from '../support/colleague.js';
import { eventually } from '../support/eventually.js';
import { seed } from '../support/seed.js';
import type { SeededAgency, SeededSubaccount } from '../support/seed.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const PASSWORD = 'another horse battery staple';
const ROLES = 'user { role subaccounts { id } subaccountRoles { role subaccount { id } } }';

interface Places {
  readonly agency: SeededAgency;
  /** Where the member is an administrator, an agent, and nobody. */
  readonly led: SeededSubaccount;
  readonly served: SeededSubaccount;
  readonly closed: SeededSubaccount;
}

async function createPlaces(): Promise<Places> {
  const agency = seed(server).agency();
  const [led, served, closed] = [
    await agency.subaccount(),
    await agency.subaccount(),
    await agency.subaccount(),
  ];
  return { agency: await agency, led, served, closed };
}

function createMember({ agency, led, served }: Places): Promise<Colleague> {
  return createColleague(agency, 'AGENT', [served], { SUBACCOUNT_ADMIN: [led] });
}

const fieldOf = ({ id: subaccountId }: SeededSubaccount): object => ({
  subaccountId,
  key: 'k',
  type: 'TEXT',
});
const contactOf = ({ id: subaccountId }: SeededSubaccount): object => ({
  subaccountId,
  phoneNumber: '6281200000777',
});

describe('a member with two roles', () => {
  it('may do in each subaccount what the role there allows', async () => {
    const places = await createPlaces();
    const { led, served, closed } = places;
    const { api } = await createMember(places);
    await api.mutate('upsertContact', { ...contactOf(led) }, 'contact { id }');
    await api.mutate('upsertContact', { ...contactOf(served) }, 'contact { id }');
    expect(await api.mutationRefusal('upsertContact', { ...contactOf(closed) })).toMatchObject({
      reason: 'NOT_FOUND',
    });
    await api.mutate('createContactField', { ...fieldOf(led) }, 'contactField { id }');
    expect(await api.mutationRefusal('createContactField', { ...fieldOf(served) })).toMatchObject({
      code: 'FORBIDDEN',
      reason: 'ACTION_NOT_ALLOWED',
      message: 'Your role in this subaccount, AGENT, does not allow contact:configure.',
    });
    expect(await api.mutationRefusal('createContactField', { ...fieldOf(closed) })).toMatchObject({
      reason: 'NOT_FOUND',
    });
  });

  it('is told what it may do where', async () => {
    const places = await createPlaces();
    const { id, api } = await createMember(places);
    const { viewer } = await api.ask<{ viewer: { actions: string[]; user: object } }>(
      `{ viewer { actions ${ROLES} } }`,
    );
    expect(viewer.user).toMatchObject({ role: 'SUBACCOUNT_ADMIN' });
    expect(viewer.actions).toContain('webhook:create');
    const { agency } = await api.ask<{
      agency: { subaccounts: { nodes: { id: string; viewerActions: string[] }[] } };
    }>('{ agency { subaccounts { nodes { id viewerActions } } } }');
    const may = (action: string): string[] =>
      agency.subaccounts.nodes.filter((node) => node.viewerActions.includes(action)).map((node) => node.id);
    expect(may('message:send')).toEqual([places.led.id, places.served.id]);
    expect(may('webhook:create')).toEqual([places.led.id]);
    const { node } = await places.agency.api.ask<{ node: object }>(
      'query ($id: ID!) { node(id: $id) { ... on User { subaccountRoles { role subaccount { id } } } } }',
      { id },
    );
    expect(node).toEqual({
      subaccountRoles: [
        { role: 'SUBACCOUNT_ADMIN', subaccount: { id: places.led.id } },
        { role: 'AGENT', subaccount: { id: places.served.id } },
      ],
    });
  });

  it('sees in lists over several subaccounts those alone where the role allows to read them', async () => {
    const places = await createPlaces();
    const { led, served } = places;
    const { id, api } = await createMember(places);
    const [here, there, stranger] = [
      await createColleague(places.agency, 'AGENT', [led]),
      await createColleague(places.agency, 'AGENT', [served]),
      await createColleague(places.agency, 'AGENT', [places.closed]),
    ];
    for (const { id: subaccountId } of [led, served, places.closed]) {
      const key = { subaccountId, name: subaccountId, scopes: ['*'] };
      await places.agency.api.mutate('createApiKey', key, 'apiKey { id }');
      await places.agency.api.mutate('createDevice', { subaccountId, label: 'Sales' }, 'device { id }');
    }
    const { agency } = await api.ask<{
      agency: Record<'users' | 'apiKeys', { nodes: Record<string, string>[] }>;
    }>('{ agency { users { nodes { id role } } apiKeys { nodes { name } } overview { deviceCount } } }');
    const users = agency.users.nodes.map((user) => user['id']);
    expect(users).toEqual(expect.arrayContaining([id, here.id, there.id]));
    expect(users).not.toContain(stranger.id);
    const names = agency.apiKeys.nodes.map((key) => key['name']);
    expect(names).toContain(led.id);
    expect(names).not.toContain(served.id);
    expect(agency).toMatchObject({ overview: { deviceCount: 1 } });
    const devices = await api.ask<{ agency: { subaccounts: { nodes: { devices: { nodes: object[] } }[] } } }>(
      '{ agency { subaccounts { nodes { devices { nodes { label } } } } } }',
    );
    expect(devices.agency.subaccounts.nodes.map((each) => each.devices.nodes)).toHaveLength(2);
    expect(devices.agency.subaccounts.nodes.flatMap((each) => each.devices.nodes)).toHaveLength(2);
    // One operation that reads in both scopes answers each field in its own.
    const both = await server.graphql(
      '{ agency { subaccounts { nodes { id devices { nodes { label } } apiKeys { nodes { name } } } } } }',
      {},
      api.token,
    );
    expect(both.errors.map((error) => error.path?.slice(0, 4))).toEqual([
      ['agency', 'subaccounts', 'nodes', 1],
    ]);
  });

  it('takes back notes of others only where the role allows it', async () => {
    const places = await createPlaces();
    const { api } = await createMember(places);
    const deletes = async (place: SeededSubaccount): Promise<unknown> => {
      const { contact } = await place.api.mutate<{ contact: { id: string } }>(
        'upsertContact',
        { ...contactOf(place) },
        'contact { id }',
      );
      const author = await createColleague(places.agency, 'AGENT', [place]);
      const { contactNote } = await author.api.mutate<{ contactNote: { id: string } }>(
        'addContactNote',
        { contactId: contact.id, body: 'hello' },
        'contactNote { id }',
      );
      const input = { contactNoteId: contactNote.id };
      return place === places.led
        ? api.mutate('deleteContactNote', input, 'deletedId')
        : api.mutationRefusal('deleteContactNote', input);
    };
    expect(await deletes(places.led)).toMatchObject({ deletedId: expect.any(String) as string });
    expect(await deletes(places.served)).toMatchObject({ reason: 'NOTE_OF_SOMEBODY_ELSE' });
  });

  it('shares views only where the role allows it', async () => {
    const places = await createPlaces();
    const { api } = await createMember(places);
    const view = { name: 'Mine', filter: {}, isShared: true };
    const inLed = { ...view, subaccountId: places.led.id };
    await api.mutate('createConversationView', inLed, 'conversationView { id }');
    const inServed = { ...view, subaccountId: places.served.id };
    expect(await api.mutationRefusal('createConversationView', inServed)).toMatchObject({
      message: 'Your role in this subaccount, AGENT, does not allow conversation_view:share.',
    });
  });

  it('cannot give itself or others more than it has', async () => {
    const places = await createPlaces();
    const { led, served, closed } = places;
    const { id: userId, email, api } = await createMember(places);
    const refused = { reason: 'ACTION_NOT_ALLOWED' };
    for (const [place, role] of [
      [led, 'AGENCY_ADMIN'],
      [served, 'SUBACCOUNT_ADMIN'],
      [closed, 'VIEWER'],
    ] as const) {
      const subaccountRoles = [{ subaccountId: place.id, role }];
      expect(await api.mutationRefusal('updateUser', { userId, subaccountRoles })).toMatchObject(refused);
      const invited = { email: `x-${email}`, subaccountRoles };
      expect(await api.mutationRefusal('inviteUser', invited)).toMatchObject(refused);
    }
    const key = { name: 'mine', scopes: ['*'] };
    expect(await api.mutationRefusal('createApiKey', { ...key, subaccountId: served.id })).toMatchObject(
      refused,
    );
    expect(await api.mutationRefusal('createApiKey', { ...key, agencyId: places.agency.id })).toMatchObject(
      refused,
    );
    const created = await api.mutate<{ secret: string }>(
      'createApiKey',
      { ...key, subaccountId: led.id },
      'secret',
    );
    expect(
      await api.as(created.secret).mutationRefusal('createContactField', { ...fieldOf(served) }),
    ).toMatchObject({
      reason: 'NOT_FOUND',
    });
  });
});

describe('a change of roles', () => {
  it('takes effect at once, for what is asked and for what is subscribed', async () => {
    const places = await createPlaces();
    const { led, served, agency } = places;
    const { id: userId, api } = await createMember(places);
    const { device } = await led.api.mutate<{ device: { id: string } }>(
      'createDevice',
      { subaccountId: led.id, label: 'Sales' },
      'device { id }',
    );
    const pairing = api.openSocket();
    const messages: object[] = [];
    const outcomes: unknown[] = [];
    pairing.subscribe(
      {
        query: 'subscription ($id: ID!) { devicePairing(deviceId: $id) { state } }',
        variables: { id: device.id },
      },
      {
        next: (next) => messages.push(next),
        error: (error) => outcomes.push(error),
        complete: () => outcomes.push(null),
      },
    );
    const started = { deviceId: device.id };
    await api.mutate('pairDevice', started, '__typename');
    await eventually(() => messages.length).toBeGreaterThan(0);
    const subaccountRoles = [
      { subaccountId: led.id, role: 'AGENT' },
      { subaccountId: served.id, role: 'SUBACCOUNT_ADMIN' },
    ];
    const { user } = await agency.api.mutate<{ user: object }>(
      'updateUser',
      { userId, subaccountRoles },
      ROLES,
    );
    expect(user).toEqual({
      role: 'SUBACCOUNT_ADMIN',
      subaccounts: [{ id: led.id }, { id: served.id }],
      subaccountRoles: [
        { role: 'AGENT', subaccount: { id: led.id } },
        { role: 'SUBACCOUNT_ADMIN', subaccount: { id: served.id } },
      ],
    });
    expect(await api.mutationRefusal('pairDevice', started)).toMatchObject({ reason: 'ACTION_NOT_ALLOWED' });
    await api.mutate('createContactField', { ...fieldOf(served) }, 'contactField { id }');
    await led.api.mutate('cancelPairing', started, '__typename');
    await eventually(() => outcomes).toHaveLength(1);
    expect(JSON.stringify(messages.at(-1))).toContain('ACTION_NOT_ALLOWED');
    expect(JSON.stringify(messages)).not.toContain('CANCELED');
    await pairing.dispose();
  });

  it('ends what is subscribed in a subaccount that is lost, and leaves the others', async () => {
    const places = await createPlaces();
    const { led, served, agency } = places;
    const { id: userId, api } = await createMember(places);
    const socket = api.openSocket();
    const follow = (place: SeededSubaccount): { topics: string[]; isOver: boolean } => {
      const state = { topics: [] as string[], isOver: false };
      socket.subscribe(
        {
          query:
            'subscription ($id: ID!) { events(subaccountId: $id, after: null) { topic ... on ObjectChanged { nodeId } } }',
          variables: { id: place.id },
        },
        {
          next: (next) => state.topics.push(JSON.stringify(next)),
          error: () => (state.isOver = true),
          complete: () => (state.isOver = true),
        },
      );
      return state;
    };
    const [here, there] = [follow(led), follow(served)];
    const happen = async (place: SeededSubaccount, key: string): Promise<string> => {
      const input = { ...fieldOf(place), key };
      const { contactField } = await place.api.mutate<{ contactField: { id: string } }>(
        'createContactField',
        input,
        'contactField { id }',
      );
      return contactField.id;
    };
    // Until both listen, and have heard what happened so far.
    await eventually(async () => {
      const news = `k${String(Date.now())}`;
      await Promise.all([happen(led, news), happen(served, news)]);
      return here.topics.length > 0 && there.topics.length > 0;
    }).toBe(true);
    for (const [place, { topics }] of [[led, here] as const, [served, there] as const]) {
      const last = await happen(place, 'last');
      await eventually(() => topics.some((topic) => topic.includes(last))).toBe(true);
    }
    await agency.api.mutate('updateUser', { userId, role: 'VIEWER', subaccountIds: [led.id] }, '__typename');
    // What was committed with the loss may still be told, nothing that happens after the answer.
    const secret = await happen(served, 'secret');
    const news = await happen(led, 'news');
    await eventually(() => there.isOver).toBe(true);
    expect(there.topics.filter((each) => each.includes(secret))).toEqual([]);
    await eventually(() => here.topics.some((each) => each.includes(news))).toBe(true);
    await socket.dispose();
  });

  it('stands in the audit log of the agency and of each subaccount', async () => {
    const places = await createPlaces();
    const { led, served, closed, agency } = places;
    const { id: userId } = await createMember(places);
    const subaccountRoles = [
      { subaccountId: led.id, role: 'VIEWER' },
      { subaccountId: closed.id, role: 'AGENT' },
    ];
    await agency.api.mutate('updateUser', { userId, subaccountRoles }, '__typename');
    const auditOf = async (subaccountId: string): Promise<object[]> => {
      await server.app.services.auditCollector.collectAll();
      const { subaccount } = await agency.api.ask<{
        subaccount: { audit: { nodes: { action: string; facts: object }[] } };
      }>(
        `query ($id: ID!, $user: ID!) { subaccount(id: $id) { audit(filter: { targetId: $user }) { nodes { action facts } } } }`,
        { id: subaccountId, user: userId },
      );
      return subaccount.audit.nodes;
    };
    const updated = { action: 'MEMBER_UPDATED', facts: { role: 'VIEWER', previousRole: 'SUBACCOUNT_ADMIN' } };
    await eventually(async () => (await auditOf(led.id))[0]).toMatchObject(updated);
    await eventually(async () => (await auditOf(served.id))[0]).toMatchObject({ action: 'MEMBER_REMOVED' });
    const added = { action: 'MEMBER_ADDED', facts: { role: 'AGENT' } };
    await eventually(async () => (await auditOf(closed.id))[0]).toMatchObject(added);
  });

  it('keeps the roles where the places alone are changed, and asks where it cannot know', async () => {
    const places = await createPlaces();
    const { led, served, closed, agency } = places;
    const { id: userId } = await createMember(places);
    const rolesAfter = async (changes: object): Promise<unknown> =>
      (
        await agency.api.mutate<{ user: { subaccountRoles: object[] } }>(
          'updateUser',
          { userId, ...changes },
          ROLES,
        )
      ).user.subaccountRoles;
    const unclear = { userId, subaccountIds: [led.id, closed.id] };
    expect(await agency.api.mutationRefusal('updateUser', unclear)).toMatchObject({
      fields: ['input.subaccountIds'],
    });
    expect(await rolesAfter({ subaccountIds: [led.id] })).toEqual([
      { role: 'SUBACCOUNT_ADMIN', subaccount: { id: led.id } },
    ]);
    expect(await rolesAfter({ role: 'VIEWER', subaccountIds: [led.id, served.id] })).toHaveLength(2);
  });
});

describe('an invitation with several roles', () => {
  it('makes a member who has them, once, also when it is accepted twice at once', async () => {
    const { agency, led, served } = await createPlaces();
    const { token, invitation } = await agency.api.mutate<{ token: string; invitation: object }>(
      'inviteUser',
      {
        email: `two-${agency.id}@example.com`,
        role: 'AGENT',
        subaccountIds: [served.id],
        subaccountRoles: [{ subaccountId: led.id, role: 'SUBACCOUNT_ADMIN' }],
      },
      'token invitation { role subaccountRoles { role subaccount { id } } }',
    );
    const roles = [
      { role: 'SUBACCOUNT_ADMIN', subaccount: { id: led.id } },
      { role: 'AGENT', subaccount: { id: served.id } },
    ];
    expect(invitation).toEqual({ role: 'SUBACCOUNT_ADMIN', subaccountRoles: roles });
    const accept = (): Promise<{ sessionToken: string }> =>
      agency.api.as(null).mutate('acceptInvitation', { token, password: PASSWORD }, 'sessionToken');
    const outcomes = await Promise.allSettled([accept(), accept(), accept()]);
    const [accepted, ...others] = outcomes.filter((outcome) => outcome.status === 'fulfilled');
    expect(others).toEqual([]);
    const api = agency.api.as(accepted?.value.sessionToken ?? null);
    await api.mutate('createContactField', { ...fieldOf(led) }, '__typename');
    expect(await api.mutationRefusal('createContactField', { ...fieldOf(served) })).toMatchObject({
      reason: 'ACTION_NOT_ALLOWED',
    });
  });

  it('names what is wrong with the roles asked for', async () => {
    const { agency, led } = await createPlaces();
    const wrong = async (input: object): Promise<readonly string[]> =>
      (await agency.api.mutationRefusal('inviteUser', { email: 'x@example.com', ...input })).fields;
    const at = (role: string) => ({ subaccountId: led.id, role });
    expect(await wrong({})).toEqual(['input.role']);
    expect(await wrong({ subaccountRoles: [] })).toEqual(['input.subaccountRoles']);
    expect(await wrong({ subaccountRoles: [at('AGENT'), at('VIEWER')] })).toEqual(['input.subaccountRoles']);
    expect(await wrong({ subaccountRoles: [at('AGENCY_ADMIN')] })).toEqual(['input.subaccountRoles.0.role']);
    expect(await wrong({ role: 'AGENCY_ADMIN', subaccountRoles: [at('AGENT')] })).toEqual([
      'input.subaccountRoles',
    ]);
    expect(await wrong({ subaccountIds: [led.id], subaccountRoles: [at('AGENT')] })).toEqual(['input.role']);
  });

  it('ends when whoever made it is gone, or could not make it any more', async () => {
    const { agency, led } = await createPlaces();
    const statuses = async (api: ApiClient): Promise<string[]> => {
      const { agency: seen } = await api.ask<{ agency: { invitations: { nodes: { status: string }[] } } }>(
        '{ agency { invitations { nodes { status } } } }',
      );
      return seen.invitations.nodes.map(({ status }) => status);
    };
    const [gone, lowered] = [
      await createColleague(agency, 'AGENCY_ADMIN'),
      await createColleague(agency, 'AGENCY_ADMIN'),
    ];
    const invite = ({ api }: Colleague, name: string): Promise<{ token: string }> =>
      api.mutate('inviteUser', { email: `${name}-${agency.id}@example.com`, role: 'AGENCY_ADMIN' }, 'token');
    const tokens = [await invite(gone, 'first'), await invite(lowered, 'second')];
    await agency.api.mutate('removeUser', { userId: gone.id }, 'deletedId');
    const changes = { userId: lowered.id, role: 'AGENT', subaccountIds: [led.id] };
    await agency.api.mutate('updateUser', changes, '__typename');
    expect(await statuses(agency.api)).toEqual(['REVOKED', 'REVOKED']);
    for (const { token } of tokens) {
      const acceptance = { token, password: PASSWORD };
      expect(await agency.api.as(null).mutationRefusal('acceptInvitation', acceptance)).toMatchObject({
        reason: 'INVITATION_INVALID',
      });
    }
    expect(await logIn(agency.api, lowered.email, lowered.password)).toBeDefined();
  });
});
