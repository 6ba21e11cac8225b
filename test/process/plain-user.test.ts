import { chmodSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { NOBODY, Stage, stop } from './support/stage.js';
import { urlOf } from './support/tenant.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

/** Only root can become somebody else; whoever else runs the suite is a plain user in all the other tests. */
describe.runIf(process.getuid?.() === 0)('as a plain user', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open(NOBODY);
  });
  afterAll(async () => {
    await stage.expectNothingLeft();
    await stage.close();
  });

  it('the demo shows every step', async () => {
    const { code, output } = await stage.cli(['demo', '--once']).ended;
    expect(output).toContain('every step was seen to work');
    expect(code).toBe(0);
  });

  it('the server starts, stops PostgreSQL with it, and starts again on its data', async () => {
    for (let starts = 0; starts < 2; starts += 1) {
      const server = stage.server();
      const response = await fetch(new URL('/health/live', await urlOf(server)));
      expect(response.status).toBe(200);
      expect(await stop(server)).toMatchObject({ code: 0 });
      expect(stage.findPostgres()).toBeNull();
    }
  });

  it('a data folder of somebody else is refused in a sentence', async () => {
    const locked = path.join(stage.folder, 'locked');
    mkdirSync(locked);
    chmodSync(locked, 0o700);
    const { code, output } = await stage.server({ env: { DATA_DIR: path.join(locked, 'data') } }).ended;
    expect(code).toBe(1);
    expect(output).toMatch(/^This account may not use \S+: .*\n$/);
  });
});
