import { startApp } from '../../../src/app/app.js';
import { loadConfig } from '../../../src/config/config.js';
import { silenceConsoleInfo } from '../../../src/kernel/silence.js';

silenceConsoleInfo();

// The server as src/main.ts runs it, but for its end: the first time that the named point is reached, as by kill -9.
const { CRASH_POINT: crashPoint, ...env } = process.env;
await startApp(loadConfig(env), {
  crashPoints: (point) => {
    if (point === crashPoint) process.kill(process.pid, 'SIGKILL');
  },
});
