import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { startApp, type App } from '../../app/app.js';
import { loadConfig } from '../../config/config.js';
import { Simulator } from '../../simulator/index.js';
import { GraphqlClient } from '../graphql-client.js';
import { scanEveryQr } from './auto-scan.js';
import { Narrator } from './narrator.js';
import { DemoScenario, type DemoAccess } from './scenario.js';

/** Everything on this machine: a fresh embedded database, the server with all roles, a simulated WhatsApp with a handful of phones. */
export async function runDemo(options: { once: boolean; port: number }): Promise<void> {
  const stack = new AsyncDisposableStack();
  try {
    const narrator = new Narrator((line) => process.stdout.write(line));
    const dataDir = await mkdtemp(path.join(os.tmpdir(), 'trunkline-demo-'));
    stack.defer(() => rm(dataDir, { recursive: true, force: true }));
    const simulator = await narrator.step('start the simulated WhatsApp', () => Simulator.start());
    stack.defer(() => simulator.close());
    const operatorKey = randomBytes(32).toString('base64url');
    const app = await narrator.step('start PostgreSQL and the server (roles api, worker, sessions)', () =>
      startDemoApp(dataDir, simulator, operatorKey, options.port),
    );
    stack.defer(() => app.stop());
    const scenario = new DemoScenario({ url: `${app.url}/graphql`, operatorKey, simulator, narrator });
    stack.defer(() => scenario.close());
    const access = await scenario.run();
    if (options.once) narrator.say('every step was seen to work');
    else await stayOpen(app, simulator, narrator, access);
  } finally {
    await stack.disposeAsync();
  }
}

async function startDemoApp(
  dataDir: string,
  simulator: Simulator,
  operatorKey: string,
  port: number,
): Promise<App> {
  const caFile = path.join(dataDir, 'simulator-ca.pem');
  await writeFile(caFile, simulator.caCertificatePem);
  return startApp(
    loadConfig({
      DATA_DIR: dataDir,
      HOST: '127.0.0.1',
      PORT: String(port),
      OPERATOR_KEY: operatorKey,
      WHATSAPP_WEBSOCKET_URL: simulator.url,
      WHATSAPP_MEDIA_HOST: simulator.mediaHost,
      WHATSAPP_MEDIA_CA_FILE: caFile,
      // The demo's own loopback: lets a pasted media URL point at this machine.
      OUTBOUND_ALLOW: '127.0.0.0/8',
      LOG_LEVEL: 'warn',
    }),
  );
}

/** Customers that answer by themselves, the next things to try, and then until Ctrl-C. */
async function stayOpen(
  app: App,
  simulator: Simulator,
  narrator: Narrator,
  access: DemoAccess,
): Promise<void> {
  await using client = new GraphqlClient(`${app.url}/graphql`, access.apiKey);
  void scanEveryQr(client, access.subaccountId, { simulator, narrator });
  const echo = simulator.createPhone({
    name: 'Budi',
    readAfterMs: 900,
    replies: { echo: true, typingMs: 1_500 },
  });
  const url = `${app.url}/graphql`;
  const post = (query: string): string =>
    `curl -s ${url} -H 'content-type: application/json' -H 'authorization: Bearer ${access.apiKey}' \\\n    -d '${JSON.stringify({ query })}'`;
  const send = `mutation { sendMessage(input: { deviceId: "${access.deviceId}", to: "${echo.number}", text: "Hello Budi" }) { message { id status } } }`;
  const list = `{ subaccount(id: "${access.subaccountId}") { devices { nodes { label status phoneNumber } } conversations { nodes { contact { name } messages { nodes { direction text status } } } } } }`;
  process.stdout.write(`
The demo goes on until Ctrl-C. GraphQL: ${url}
A key to try (subaccount Bakery): ${access.apiKey}

Three things to paste into another terminal:
 1. Send a message; ${echo.number} reads it and answers:
    ${post(send)}
 2. See what happened:
    ${post(list)}
 3. Pair one more number; three seconds later a simulated phone scans the code:
    npx trunkline device pair --url ${url} --key ${access.apiKey} --subaccount ${access.subaccountId}
`);
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());
  await once(interrupted.signal, 'abort');
}
