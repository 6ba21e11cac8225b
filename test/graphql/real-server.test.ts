import { once } from 'node:events';
import { auditServer } from 'graphql-http';
import { GRAPHQL_TRANSPORT_WS_PROTOCOL } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { createKey, seed } from '../support/seed.js';
import type { SeededSubaccount } from '../support/seed.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';

/** The doors with the real schema behind them; what they do in general is tested with a small one. */
let server: TestServer;
let subaccount: SeededSubaccount;
beforeAll(async () => {
  server = await startTestServer();
  subaccount = await seed(server).agency().subaccount();
});
afterAll(() => server.stop());

describe('the running server', () => {
  it.each([
    ['without a token', (): string | null => null],
    ['with a token', () => subaccount.api.token],
  ])('passes the audits of the specification %s, without a warning', async (_how, tokenOf) => {
    const token = tokenOf();
    const results = await auditServer({
      url: server.url,
      fetchFn: (url: string, init: RequestInit = {}) =>
        fetch(url, {
          ...init,
          headers: {
            ...(init.headers as Record<string, string> | undefined),
            ...(token !== null && { authorization: `Bearer ${token}` }),
          },
        }),
    });
    const bad = results.filter(({ status }) => status === 'error' || status === 'warn');
    expect(bad.map(({ id, name }) => `${id} ${name}`)).toEqual([]);
    // These three are notices: GET without a preflight header, which would let other sites make a browser ask.
    expect(results.filter(({ status }) => status === 'notice')).toHaveLength(3);
  });

  it('tells every caller who it is', async () => {
    const device = await seed(server).agency().subaccount().device();
    const { agency } = device.subaccount;
    const { sessionToken } = await agency.api.mutate<{ sessionToken: string }>(
      'logIn',
      { email: agency.ownerEmail, password: agency.ownerPassword },
      'sessionToken',
    );
    const viewerOf = async (token: string | null): Promise<unknown> =>
      (
        await agency.api
          .as(token)
          .ask<{ viewer: unknown }>(
            '{ viewer { kind role user { email } apiKey { lastFour } device { id } agency { id } } }',
          )
      ).viewer;
    const nobody = { role: null, user: null, apiKey: null, device: null, agency: null };
    const { id } = agency;
    expect(await viewerOf(server.operatorKey)).toEqual({ ...nobody, kind: 'OPERATOR' });
    expect(await viewerOf(sessionToken)).toEqual({
      ...nobody,
      kind: 'USER',
      role: 'AGENCY_OWNER',
      user: { email: agency.ownerEmail },
      agency: { id },
    });
    expect(await viewerOf(device.token)).toEqual({
      ...nobody,
      kind: 'DEVICE_TOKEN',
      device: { id: device.id },
    });
    expect(await viewerOf(agency.api.token)).toMatchObject({ kind: 'API_KEY', agency: { id } });
    await expect(viewerOf(null)).rejects.toThrow('TOKEN_MISSING');
  });

  it('closes the websocket of a revoked key within five seconds', async () => {
    const key = await createKey(subaccount.api, { subaccountId: subaccount.id });
    const socket = new WebSocket(server.wsUrl, GRAPHQL_TRANSPORT_WS_PROTOCOL);
    await once(socket, 'open');
    socket.send(
      JSON.stringify({
        type: 'connection_init',
        payload: { authorization: `Bearer ${key.api.token ?? ''}` },
      }),
    );
    await once(socket, 'message');
    const query = `subscription { events(subaccountId: "${subaccount.id}") { id } }`;
    socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } }));
    const revokedMs = performance.now();
    await subaccount.api.mutate('revokeApiKey', { apiKeyId: key.id }, 'apiKey { id }');
    const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
    expect([code, String(reason)]).toEqual([4403, 'TOKEN_INVALID']);
    expect(performance.now() - revokedMs).toBeLessThan(5_000);
  });

  it('reads the relations of many objects with as many statements as those of few', async () => {
    const query = `query ($id: ID!, $first: Int) { subaccount(id: $id) { devices(first: $first) { nodes {
      label subaccount { name agency { name } } pairing { state } } } } }`;
    const { database } = server.app.infrastructure;
    const statementsOf = async (first: number): Promise<number> => {
      const before = database.queryCount;
      const { subaccount: found } = await subaccount.agency.api.ask<{
        subaccount: { devices: { nodes: unknown[] } };
      }>(query, { id: subaccount.id, first });
      expect(found.devices.nodes).toHaveLength(first);
      return database.queryCount - before;
    };
    /** The rest of the server asks too now and then, for sessions, sweeps and tokens: the least of some is the operation's own. */
    const statements = async (first: number): Promise<number> => {
      const counts: number[] = [];
      for (let round = 0; round < 8; round += 1) counts.push(await statementsOf(first));
      return Math.min(...counts);
    };
    for (let number = 0; number < 12; number += 1) {
      await subaccount.api.mutate(
        'createDevice',
        { subaccountId: subaccount.id, label: `d${number}` },
        'device { id }',
      );
    }
    expect(await statements(12)).toBe(await statements(2));
  });
});
