import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startApp, type App, type AppOptions } from '../../src/app/app.js';
import { loadConfig } from '../../src/config/config.js';
import { Simulator } from '../../src/simulator/index.js';
import { databaseUrl } from './database-url.js';
import { copyTemplate, silentLogger, type TestDatabaseConnections } from './database.js';

export interface GraphqlResult {
  readonly status: number;
  readonly data: Record<string, unknown> | null;
  readonly errors: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    readonly extensions: Readonly<Record<string, unknown>>;
  }[];
}

export interface TestServerOptions extends Partial<AppOptions> {
  /** Environment variables on top of the harness's. */
  readonly env?: Readonly<Record<string, string>>;
  /** Several processes of one fleet share these. */
  readonly shared?: {
    readonly connections: Omit<TestDatabaseConnections, 'drop'>;
    readonly simulator: Simulator;
  };
}

/** A whole server with a database of its own and a simulated WhatsApp, spoken to through its public door. */
export interface TestServer {
  readonly url: string;
  readonly wsUrl: string;
  readonly operatorKey: string;
  readonly simulator: Simulator;
  readonly app: App;
  readonly connections: Omit<TestDatabaseConnections, 'drop'>;
  graphql(query: string, variables?: Record<string, unknown>, token?: string | null): Promise<GraphqlResult>;
  /** Stops the process alone; database and WhatsApp stay, so that another can be started on them. */
  stopApp(): Promise<void>;
  /** Starts it again, as after a restart of the machine. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const { env, shared, ...appOptions } = options;
  const dataDir = await mkdtemp(path.join(tmpdir(), 'trunkline-server-'));
  const { drop, ...connections } =
    shared?.connections === undefined
      ? await copyTemplate()
      : { ...shared.connections, drop: async () => undefined };
  const simulator = shared?.simulator ?? (await Simulator.start());
  const operatorKey = randomBytes(24).toString('hex');
  const caFile = path.join(dataDir, 'ca.pem');
  await writeFile(caFile, simulator.caCertificatePem);
  const config = loadConfig({
    DATABASE_URL: databaseUrl(connections.app),
    MASTER_KEY: randomBytes(32).toString('base64'),
    OPERATOR_KEY: operatorKey,
    DATA_DIR: dataDir,
    PORT: '0',
    DEFAULT_PACING: 'off',
    WHATSAPP_WEBSOCKET_URL: simulator.url,
    WHATSAPP_MEDIA_HOST: simulator.mediaHost,
    WHATSAPP_MEDIA_CA_FILE: caFile,
    ...env,
  });
  const start = (): Promise<App> => startApp(config, { logger: silentLogger, ...appOptions });
  let app = await start();
  return {
    get url() {
      return `${app.url}/graphql`;
    },
    get wsUrl() {
      return `${app.url.replace(/^http/, 'ws')}/graphql`;
    },
    get app() {
      return app;
    },
    operatorKey,
    simulator,
    connections,
    graphql: (query, variables = {}, token = null) => post(`${app.url}/graphql`, query, variables, token),
    stopApp: () => app.stop(),
    restart: async () => {
      await app.stop();
      app = await start();
    },
    stop: async () => {
      await app.stop();
      if (shared === undefined) await simulator.close();
      await drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function post(
  url: string,
  query: string,
  variables: Record<string, unknown>,
  token: string | null,
): Promise<GraphqlResult> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token !== null && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ query, variables }),
  });
  const body = (await response.json()) as {
    data?: Record<string, unknown> | null;
    errors?: GraphqlResult['errors'];
  };
  return { status: response.status, data: body.data ?? null, errors: body.errors ?? [] };
}
