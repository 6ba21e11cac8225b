import { startApp, type App, type AppOptions } from './app/app.js';
import { explainFailure } from './app/mendable.js';
import { listenForStop, untilAborted } from './app/stop-request.js';
import { loadConfig } from './config/config.js';
import { silenceConsoleInfo } from './kernel/silence.js';

/** A server process, from its start until it is asked to stop; then the process ends: with 0, or with 1 and why on stderr. */
export async function runServer(env: NodeJS.ProcessEnv, options: AppOptions = {}): Promise<void> {
  silenceConsoleInfo();
  const stopRequest = listenForStop();
  try {
    const app = await startApp(loadConfig(env), options);
    announce(app);
    await untilAborted(stopRequest);
    await app.stop();
    process.exit(0);
  } catch (error) {
    process.stderr.write(`${explainFailure(error)}\n`);
    process.exit(1);
  }
}

/** Where everything is: for a person at a terminal, else as a line of the log. The key itself is not printed. */
function announce({ url, infrastructure: { config, operatorKey, logger } }: App): void {
  const graphql = config.roles.includes('api') ? `${url}/graphql` : null;
  if (!process.stdout.isTTY) {
    logger.info({ graphql, operatorKeyFile: operatorKey.path, dataDir: config.dataDir }, 'ready');
    return;
  }
  const key = operatorKey.path === null ? 'from OPERATOR_KEY' : `in ${operatorKey.path}`;
  process.stdout.write(
    `\n  GraphQL       ${graphql ?? 'by processes with the role api'}\n  Operator key  ${key}\n  Data          ${config.dataDir}\n\n`,
  );
}
