import { once } from 'node:events';
import type { TypedDocumentNode } from '@apollo/client';
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { OperationTypeNode } from 'graphql';
import { GRAPHQL_TRANSPORT_WS_PROTOCOL } from 'graphql-ws';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { ERROR_KINDS } from '../../src/kernel/errors.js';
import { startLibraryServer } from './support/library-server.js';
import type { LibraryServer, LibraryServerOptions } from './support/library-server.js';
import { connect, first, operate } from './support/websocket-client.js';

const servers: LibraryServer[] = [];
async function start(options: LibraryServerOptions = {}): Promise<LibraryServer> {
  const server = await startLibraryServer(options);
  servers.push(server);
  return server;
}
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

const COUNT = 'subscription ($to: Int, $size: Int) { counted(to: $to, size: $size) }';
const WAIT = 'subscription { waiting }';

/** Two processors may have more to do. */
const PATIENCE = { timeout: 30_000 };

/** A client that speaks the protocol by hand, to do what stock clients do not. */
class RawClient {
  readonly messages: { type: string; id?: string; payload?: unknown }[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;

  private constructor(readonly socket: WebSocket) {
    this.closed = once(socket, 'close').then(([code, reason]) => ({
      code: code as number,
      reason: String(reason),
    }));
    socket.on('message', (data: Buffer) => {
      this.messages.push(JSON.parse(data.toString('utf8')) as { type: string });
    });
  }

  static async open(
    url: string,
    protocols: string | string[] = GRAPHQL_TRANSPORT_WS_PROTOCOL,
  ): Promise<RawClient> {
    const socket = new WebSocket(url, protocols);
    const client = new RawClient(socket);
    await once(socket, 'open');
    return client;
  }

  static async authenticated(url: string, token = 'reader'): Promise<RawClient> {
    const client = await RawClient.open(url);
    client.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
    await vi.waitFor(() => expect(client.messages).toContainEqual({ type: 'connection_ack' }));
    return client;
  }

  send(message: object): void {
    this.socket.send(JSON.stringify(message));
  }

  subscribe(id: string, query: string, variables: object = {}): void {
    this.send({ id, type: 'subscribe', payload: { query, variables } });
  }
}

describe('GraphQL over a websocket', () => {
  it('serves the stock client: queries, mutations and subscriptions', async () => {
    const server = await start();
    const client = connect(server.wsUrl, 'Bearer reader');
    expect((await first(client, '{ hello }')).data).toEqual({ hello: 'api_key' });
    const call = 'mutation { call(input: { to: "+62 812-3456-789" }) }';
    expect((await first(client, call)).data).toEqual({ call: '628123456789' });
    const seen: unknown[] = [];
    for await (const { data } of client.iterate({ query: COUNT, variables: { to: 3 } }))
      seen.push(data?.['counted']);
    expect(seen).toEqual(['1', '2', '3']);
    await client.dispose();
  });

  it('serves the stock Apollo client over both doors', async () => {
    const server = await start();
    const sockets = connect(server.wsUrl, 'reader');
    const http = new HttpLink({ uri: server.url, headers: { authorization: 'Bearer reader' } });
    const client = new ApolloClient({
      cache: new InMemoryCache(),
      link: ApolloLink.split(
        ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
        new GraphQLWsLink(sockets),
        http,
      ),
    });
    const books: TypedDocumentNode<{ books: { nodes: { title: string }[] } }> = gql(
      '{ books(first: 2) { nodes { id title } } }',
    );
    const { data } = await client.query({ query: books });
    expect(data?.books.nodes.map(({ title }) => title)).toEqual(['Book 0', 'Book 1']);
    const seen: unknown[] = [];
    await new Promise<void>((resolve, reject) => {
      const counted: TypedDocumentNode<{ counted: string }> = gql(COUNT);
      client.subscribe({ query: counted, variables: { to: 2 } }).subscribe({
        next: (result) => seen.push(result.data?.counted),
        error: reject,
        complete: resolve,
      });
    });
    expect(seen).toEqual(['1', '2']);
    client.stop();
    await sockets.dispose();
  });

  it('ends the source of a subscription when the client completes it, and when it goes away', async () => {
    const server = await start();
    const client = await RawClient.authenticated(server.wsUrl);
    client.subscribe('a', WAIT);
    client.subscribe('b', WAIT);
    await vi.waitFor(() => expect(server.library.running).toBe(2));
    client.send({ id: 'a', type: 'complete' });
    await vi.waitFor(() => expect(server.library.running).toBe(1));
    client.socket.terminate();
    await vi.waitFor(() => expect(server.library.running).toBe(0));
    expect(server.openReads()).toBe(0);
  });

  it.each([...Object.keys(ERROR_KINDS), 'crash', 'database'])(
    'says %s as over HTTP, whether a query or the source of a subscription fails',
    async (kind) => {
      const server = await start();
      const viaHttp = await fetch(server.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: 'Bearer reader' },
        body: JSON.stringify({ query: `{ fail(kind: "${kind}") }` }),
      });
      const { errors } = (await viaHttp.json()) as { errors: [{ extensions: Record<string, unknown> }] };
      const expected = { ...errors[0].extensions, requestId: expect.any(String) as string };
      const query = await operate(server.wsUrl, 'reader', `{ fail(kind: "${kind}") }`);
      expect(query.errors[0]?.extensions).toMatchObject(expected);
      const subscription = await operate(server.wsUrl, 'reader', `subscription { waiting(kind: "${kind}") }`);
      expect(subscription.errors[0]?.extensions).toMatchObject(expected);
      expect(JSON.stringify([query, subscription])).not.toContain('hunter2');
    },
  );

  it('checks the access of a subscription before its source runs', async () => {
    const server = await start();
    const { errors } = await operate(server.wsUrl, 'limited', WAIT);
    expect(errors[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', action: 'event:read' });
    expect(server.library.running).toBe(0);
  });

  it('names the wrong field of a variable', async () => {
    const server = await start();
    const client = connect(server.wsUrl, 'reader');
    const { errors } = await first(client, 'mutation ($input: CallInput!) { call(input: $input) }', {
      input: { to: '1' },
    });
    expect(errors[0]?.extensions).toMatchObject({ reason: 'INVALID_PHONE', fields: [{ path: 'input.to' }] });
    await client.dispose();
  });
});

describe('the life of a websocket', () => {
  it('is refused without a valid token', async () => {
    const server = await start();
    for (const [token, reason] of [
      [undefined, 'TOKEN_MISSING'],
      ['stolen', 'TOKEN_INVALID'],
    ]) {
      const client = await RawClient.open(server.wsUrl);
      client.send({ type: 'connection_init', payload: { authorization: token } });
      expect(await client.closed).toEqual({ code: 4403, reason });
    }
    const client = await RawClient.open(server.wsUrl);
    client.send({ type: 'connection_init', payload: { authorization: 'broken' } });
    expect(await client.closed).toEqual({ code: 1013, reason: 'DATABASE_UNAVAILABLE' });
  });

  it('follows the close codes of the protocol', async () => {
    const server = await start({ limits: { initTimeoutMs: 100 } });
    const silent = await RawClient.open(server.wsUrl);
    expect((await silent.closed).code).toBe(4408);
    const early = await RawClient.open(server.wsUrl);
    early.subscribe('a', '{ hello }');
    expect((await early.closed).code).toBe(4401);
    const twice = await RawClient.authenticated(server.wsUrl);
    twice.send({ type: 'connection_init' });
    expect((await twice.closed).code).toBe(4429);
    const sameId = await RawClient.authenticated(server.wsUrl);
    sameId.subscribe('a', WAIT);
    sameId.subscribe('a', WAIT);
    expect((await sameId.closed).code).toBe(4409);
    const garbage = await RawClient.authenticated(server.wsUrl);
    garbage.socket.send('{');
    expect((await garbage.closed).code).toBe(4400);
    const huge = await RawClient.authenticated(server.wsUrl);
    huge.subscribe('a', `{ hello } #${' '.repeat(300_000)}`);
    expect((await huge.closed).code).toBe(1009);
    const noProtocol = await RawClient.open(server.wsUrl, []);
    expect((await noProtocol.closed).code).toBe(4406);
  });

  it('answers a ping', async () => {
    const server = await start();
    const client = await RawClient.authenticated(server.wsUrl);
    client.send({ type: 'ping', payload: { at: 1 } });
    await vi.waitFor(() => expect(client.messages).toContainEqual({ type: 'pong', payload: { at: 1 } }));
    client.socket.terminate();
  });

  it('ends within moments of the revocation of its token, and nothing is delivered after', async () => {
    const server = await start();
    const client = await RawClient.authenticated(server.wsUrl);
    client.subscribe('a', COUNT);
    await vi.waitFor(() => expect(client.messages.length).toBeGreaterThan(3));
    server.revoke('reader');
    expect(await client.closed).toEqual({ code: 4403, reason: 'TOKEN_INVALID' });
    await vi.waitFor(() => expect(server.library.running).toBe(0));
  });

  it('ends with 1001 when the server stops, and takes no new one', async () => {
    const server = await start();
    const client = await RawClient.authenticated(server.wsUrl);
    client.subscribe('a', WAIT);
    await vi.waitFor(() => expect(server.library.running).toBe(1));
    await server.stop();
    expect(await client.closed).toEqual({ code: 1001, reason: 'SHUTTING_DOWN' });
    expect(server.library.running).toBe(0);
  });

  it('may come from pages of this host and of allowed origins alone', async () => {
    const server = await start({ allowedOrigins: ['https://crm.example.com'] });
    const open = async (origin: string): Promise<string> => {
      const socket = new WebSocket(server.wsUrl, GRAPHQL_TRANSPORT_WS_PROTOCOL, { headers: { origin } });
      const outcome = await once(socket, 'open').then(
        () => 'open',
        (error: unknown) => String(error),
      );
      socket.terminate();
      return outcome;
    };
    expect(await open('https://crm.example.com')).toBe('open');
    expect(await open(new URL(server.url).origin)).toBe('open');
    expect(await open('https://evil.example.com')).toContain('403');
  });

  it('shares a number of sockets with all of its token, and runs a number of operations', async () => {
    const server = await start({ limits: { socketsPerToken: 2, operationsPerSocket: 2 } });
    const client = await RawClient.authenticated(server.wsUrl);
    const second = await RawClient.authenticated(server.wsUrl);
    const third = await RawClient.open(server.wsUrl);
    third.send({ type: 'connection_init', payload: { authorization: 'reader' } });
    expect(await third.closed).toEqual({ code: 4429, reason: 'TOO_MANY_SOCKETS' });
    second.socket.close();
    await second.closed;
    await vi.waitFor(async () => {
      const again = await RawClient.authenticated(server.wsUrl);
      again.socket.terminate();
    });
    for (const id of ['a', 'b', 'c']) client.subscribe(id, WAIT);
    await vi.waitFor(() =>
      expect(client.messages).toContainEqual(
        expect.objectContaining({
          id: 'c',
          type: 'error',
          payload: [
            expect.objectContaining({
              extensions: expect.objectContaining({ reason: 'TOO_MANY_OPERATIONS' }) as unknown,
            }),
          ],
        }),
      ),
    );
    client.socket.terminate();
  });
});

describe('a client that stops reading', () => {
  it('is closed after a while, costs no memory, and holds up nobody', async () => {
    const server = await start({ limits: { stallTimeoutMs: 1_000, pingIntervalMs: 200 } });
    const slow = await RawClient.authenticated(server.wsUrl);
    const quick = await RawClient.authenticated(server.wsUrl);
    slow.socket.pause();
    slow.subscribe('a', COUNT, { size: 60_000 });
    quick.subscribe('a', COUNT);
    await vi.waitFor(() => expect(quick.messages.length).toBeGreaterThan(100), PATIENCE);
    const before = process.memoryUsage().arrayBuffers;
    const seenBefore = quick.messages.length;
    // The slow one's source stands still; only the quick one's goes on.
    await vi.waitFor(() => expect(server.library.running).toBe(1), PATIENCE);
    await vi.waitFor(() => expect(quick.messages.length).toBeGreaterThan(seenBefore + 100), PATIENCE);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(5_000_000);
    slow.socket.resume();
    const { code } = await slow.closed;
    expect([4450, 1006]).toContain(code);
    quick.socket.terminate();
  });
});
