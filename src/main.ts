import { startApp, type App } from './app/app.js';
import { explainFailure } from './app/mendable.js';
import { loadConfig } from './config/config.js';
import { silenceConsoleInfo } from './kernel/silence.js';

silenceConsoleInfo();

try {
  const app = await startApp(loadConfig(process.env));
  announce(app);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => void app.stop().then(() => process.exit(0)));
  }
} catch (error) {
  process.stderr.write(`${explainFailure(error)}\n`);
  process.exit(1);
}

/** Where everything is, for a person at a terminal. The key itself is not printed. */
function announce({ url, infrastructure: { config, operatorKey } }: App): void {
  if (!process.stdout.isTTY) return;
  const key = operatorKey.path === null ? 'from OPERATOR_KEY' : `in ${operatorKey.path}`;
  process.stdout.write(
    `\n  GraphQL       ${url}/graphql\n  Operator key  ${key}\n  Data          ${config.dataDir}\n\n`,
  );
}
