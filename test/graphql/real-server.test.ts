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
    const statements = async (first: number): Promise<number> => {
      const { database } = server.app.infrastructure;
      // The token's grant may be remembered or not: once before, so that it is.
      await subaccount.api.ask('{ viewer { kind } }');
      const before = database.queryCount;
      const { subaccount: found } = await subaccount.agency.api.ask<{
        subaccount: { devices: { nodes: unknown[] } };
      }>(query, { id: subaccount.id, first });
      expect(found.devices.nodes).toHaveLength(first);
      return database.queryCount - before;
    };
    for (let number = 0; number < 12; number += 1) {
      await subaccount.api.mutate(
        'createDevice',
        { subaccountId: subaccount.id, label: `d${number}` },
        'device { id }',
      );
    }
    await statements(1);
    expect(await statements(12)).toBe(await statements(2));
  });
});
