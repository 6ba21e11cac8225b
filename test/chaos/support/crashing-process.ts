import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as app from '../../../src/app/app.js';
import type * as config from '../../../src/config/config.js';
import type * as silence from '../../../src/kernel/silence.js';

// The server as it was built, but for its end: the first time that the named point is reached, as by kill -9.
const { CRASH_POINT: crashPoint, PRODUCT: product = '', ...env } = process.env;
const built = (file: string): string => pathToFileURL(path.join(product, 'dist/src', file)).href;
const { startApp } = (await import(built('app/app.js'))) as typeof app;
const { loadConfig } = (await import(built('config/config.js'))) as typeof config;
const { silenceConsoleInfo } = (await import(built('kernel/silence.js'))) as typeof silence;

silenceConsoleInfo();
await startApp(loadConfig(env), {
  crashPoints: (point) => {
    if (point === crashPoint) process.kill(process.pid, 'SIGKILL');
  },
});
