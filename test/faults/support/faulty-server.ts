import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { toPgConfig } from '../../../src/platform/database/connection.js';
import { Simulator } from '../../../src/simulator/index.js';
import { copyTemplate } from '../../support/database.js';
import { FaultProxy } from '../../support/fault-proxy.js';
import type { RedisServer } from '../../support/redis.js';
import { startTestServer } from '../../support/server.js';
import type { TestServer, TestServerOptions } from '../../support/server.js';

export interface FaultyServer extends AsyncDisposable {
  readonly server: TestServer;
  readonly simulator: Simulator;
  /** The network between the server and PostgreSQL. */
  readonly database: FaultProxy;
  /** The network between the server and WhatsApp's websocket. */
  readonly whatsapp: FaultProxy;
  /** Rows as they are, past the broken network and row-level security. */
  rows<T extends object>(sql: string, values?: readonly unknown[]): Promise<T[]>;
  /** Another process of the same installation, whose network is whole. */
  startNeighbour(options?: TestServerOptions): Promise<TestServer>;
}

/** A whole server that reaches its machines over networks which a test breaks. */
export async function startFaultyServer(
  options: TestServerOptions & { readonly redis?: { readonly url: string } } = {},
): Promise<FaultyServer> {
  await using stack = new AsyncDisposableStack();
  const { redis, env, ...rest } = options;
  const { drop, ...connections } = await copyTemplate();
  stack.defer(drop);
  const witness = new Client(toPgConfig(connections.owner));
  await witness.connect();
  stack.defer(() => witness.end());
  const simulator = await Simulator.start();
  stack.defer(() => simulator.close());
  const database = stack.use(await FaultProxy.before(connections.app));
  const { hostname, port } = new URL(simulator.url);
  const whatsapp = stack.use(await FaultProxy.before({ host: hostname, port: Number(port) }));
  const servers: TestServer[] = [];
  stack.defer(async () => {
    for (const server of servers.toReversed()) await server.stop();
  });
  const shared = { MASTER_KEY: randomBytes(32).toString('base64'), ...redisOf(redis), ...env };
  const start = async (over: TestServerOptions, app = connections.app): Promise<TestServer> => {
    const { env: more, ...others } = over;
    const server = await startTestServer({
      ...others,
      env: { ...shared, ...more },
      shared: { connections: { ...connections, app }, simulator },
    });
    servers.push(server);
    return server;
  };
  const server = await start(
    { ...rest, env: { WHATSAPP_WEBSOCKET_URL: through(simulator.url, whatsapp) } },
    { ...connections.app, ...database.address },
  );
  // A network that is still broken would only make the stop slow.
  stack.defer(() => {
    database.pass();
    whatsapp.pass();
  });
  const opened = stack.move();
  return {
    server,
    simulator,
    database,
    whatsapp,
    rows: async <T extends object>(sql: string, values: readonly unknown[] = []) =>
      (await witness.query<T>(sql, [...values])).rows,
    startNeighbour: (over = {}) => start(over),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** The same URL by way of a proxy. */
export function through(url: string, { address }: FaultProxy): string {
  const changed = new URL(url);
  changed.hostname = address.host;
  changed.port = String(address.port);
  return changed.href;
}

function redisOf(redis: Pick<RedisServer, 'url'> | undefined): Record<string, string> {
  return redis === undefined ? {} : { REDIS_URL: redis.url };
}
