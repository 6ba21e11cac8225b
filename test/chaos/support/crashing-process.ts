import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as server from '../../../src/server.js';

// The server as it was built, but for its end: the first time that the named point is reached, as by kill -9.
const { CRASH_POINT: crashPoint, PRODUCT: product = '', ...env } = process.env;
const built = pathToFileURL(path.join(product, 'dist/src/server.js')).href;
const { runServer } = (await import(built)) as typeof server;

await runServer(env, {
  crashPoints: (point) => {
    if (point === crashPoint) process.kill(process.pid, 'SIGKILL');
  },
});
