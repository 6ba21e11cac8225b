import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { startApp, type App } from '../../app/app.js';
import { listenForStop, untilAborted } from '../../app/stop-request.js';
import { loadConfig } from '../../config/config.js';
import { Simulator } from '../../simulator/index.js';
import { GraphqlClient } from '../graphql-client.js';
import { CliError } from '../cli-error.js';
import { scanEveryQr } from './auto-scan.js';
import { armFault } from './faults.js';
import { Narrator } from './narrator.js';
import { printNextSteps } from './next-steps.js';
import { DemoScenario, type DemoAccess } from './scenario.js';

export interface DemoOptions {
  /** Ends after the steps instead of staying open for visitors. */
  readonly once?: true;
  /** 0: any free one. */
  readonly port: number;
  /** Rules as JSON: how the simulated WhatsApp shall misbehave. */
  readonly fault?: readonly string[];
}

/** Everything on this machine: a fresh embedded database, the server with all roles, a simulated WhatsApp with a handful of phones. */
export async function runDemo(options: DemoOptions): Promise<void> {
  const stopRequest = listenForStop();
  const narrator = new Narrator((line) => process.stdout.write(line));
  await using stack = new AsyncDisposableStack();
  const { app, simulator, operatorKey } = await startDemo(options, narrator, stack);
  const scenario = new DemoScenario({ url: `${app.url}/graphql`, operatorKey, simulator, narrator });
  stack.defer(() => scenario.close());
  const access = await Promise.race([scenario.run(), untilAborted(stopRequest)]);
  if (access === undefined) {
    narrator.fallSilent();
    if (options.once === true) throw new CliError('Interrupted before every step was seen.');
    return;
  }
  if (options.once === true) narrator.say('every step was seen to work');
  else await stayOpen(app, { simulator, narrator, access, stopRequest });
}

interface RunningDemo {
  readonly app: App;
  readonly simulator: Simulator;
  readonly operatorKey: string;
}

async function startDemo(
  { port, fault: faults = [] }: DemoOptions,
  narrator: Narrator,
  stack: AsyncDisposableStack,
): Promise<RunningDemo> {
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'trunkline-demo-'));
  stack.defer(() => rm(dataDir, { recursive: true, force: true }));
  const simulator = await narrator.step('start the simulated WhatsApp', () => Simulator.start());
  stack.defer(() => simulator.close());
  for (const fault of faults) armFault(simulator, fault);
  const operatorKey = randomBytes(32).toString('base64url');
  const app = await narrator.step('start PostgreSQL and the server (roles api, worker, sessions)', () =>
    startServer({ dataDir, simulator, operatorKey, port }),
  );
  stack.defer(() => app.stop());
  return { app, simulator, operatorKey };
}

async function startServer(options: {
  readonly dataDir: string;
  readonly simulator: Simulator;
  readonly operatorKey: string;
  readonly port: number;
}): Promise<App> {
  const { dataDir, simulator, operatorKey, port } = options;
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
      // Nobody wants to watch a number take its time.
      DEFAULT_PACING: 'off',
      LOG_LEVEL: 'warn',
    }),
  );
}

/** A customer that answers by itself, a hand that scans what is paired, the next things to try, and then until Ctrl-C. */
async function stayOpen(
  app: App,
  visit: { simulator: Simulator; narrator: Narrator; access: DemoAccess; stopRequest: AbortSignal },
): Promise<void> {
  const { simulator, narrator, access, stopRequest } = visit;
  const url = `${app.url}/graphql`;
  await using client = new GraphqlClient(url, access.apiKey);
  void scanEveryQr(client, access.subaccountId, { simulator, narrator }).catch((error: unknown) =>
    narrator.say(`    codes are no longer scanned: ${String(error)}`),
  );
  const echo = simulator.createPhone({
    name: 'Budi',
    readAfterMs: 900,
    replies: { echo: true, typingMs: 1_500 },
  });
  printNextSteps({ url, access, answeringNumber: echo.number });
  await untilAborted(stopRequest);
  narrator.fallSilent();
}
