import { createServer, type AddressInfo, type Server } from 'node:net';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Program } from './support/program.js';
import { Stage, stop } from './support/stage.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const STOP_LIMIT_MS = 25_000;

interface Announcement {
  readonly graphql: string;
  readonly operatorKeyFile: string;
  readonly dataDir: string;
}

/** The line of the log that says where everything is. */
async function announcement(server: Program): Promise<Announcement> {
  const [line] = await server.untilSaid(/^.*"msg":"ready".*$/m);
  return JSON.parse(line) as Announcement;
}

async function statusOf(url: string, path: string): Promise<number> {
  return (await fetch(new URL(path, url))).status;
}

/** Somebody else's program on a port. */
async function occupyPort(): Promise<{ port: number; release: () => void }> {
  const server: Server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, release: () => server.close() };
}

describe('the server with nothing but a folder', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open();
  });
  afterEach(async () => {
    await stage.expectNothingLeft();
  });
  afterAll(() => stage.close());

  it('starts, says where the operator key is without showing it, becomes ready, and stops PostgreSQL with it', async () => {
    const server = stage.server();
    const { graphql, operatorKeyFile, dataDir } = await announcement(server);
    expect(dataDir).toBe(stage.dataDir);
    expect(statSync(operatorKeyFile).mode & 0o777).toBe(0o600);
    expect(server.output).not.toContain(readFileSync(operatorKeyFile, 'utf8').trim());
    expect(await statusOf(graphql, '/health/live')).toBe(200);
    await expect.poll(() => statusOf(graphql, '/health/ready'), { timeout: 30_000 }).toBe(200);

    const askedAt = performance.now();
    expect(await stop(server)).toMatchObject({ code: 0, signal: null });
    expect(performance.now() - askedAt).toBeLessThan(STOP_LIMIT_MS);
    expect(stage.findPostgres()).toBeNull();
  });

  it('starts again on the same data, and refuses a second server beside it', async () => {
    const first = stage.server();
    const { graphql } = await announcement(first);
    const second = await stage.server().ended;
    expect(second.code).toBe(1);
    expect(second.output).toMatch(
      /^Another Trunkline server .*Stop it first, or give this one another DATA_DIR\.\n$/,
    );
    expect(await statusOf(graphql, '/health/live')).toBe(200);
    expect(await stop(first, 'SIGINT')).toMatchObject({ code: 0 });
  });

  it('comes back after kill -9, which leaves its PostgreSQL running', async () => {
    const killed = stage.server();
    await announcement(killed);
    await killed.kill();
    expect(stage.findPostgres()).not.toBeNull();

    const next = stage.server();
    const { graphql } = await announcement(next);
    await expect.poll(() => statusOf(graphql, '/health/ready'), { timeout: 60_000 }).toBe(200);
    expect(await stop(next)).toMatchObject({ code: 0 });
  });

  it('stops cleanly when it is asked to in the middle of its start', async () => {
    const server = stage.server();
    await expect.poll(() => stage.findPostgres(), { timeout: 60_000 }).not.toBeNull();
    expect(await stop(server)).toMatchObject({ code: 0 });
  });

  it('refuses a master key that its data was not made with', async () => {
    const { code, output } = await stage.server({ env: { MASTER_KEY: 'ef'.repeat(32) } }).ended;
    expect(code).toBe(1);
    expect(output).toBe(
      'MASTER_KEY is not the key that this database was made with; nothing in it could be decrypted. Use the original key.\n',
    );
  });

  it('says in a sentence that its port is taken', async () => {
    const { port, release } = await occupyPort();
    const { code, output } = await stage.server({ env: { PORT: String(port) } }).ended;
    release();
    expect(code).toBe(1);
    expect(output).toBe(
      `Another program listens on 127.0.0.1:${port}: stop it, or set PORT to a free port.\n`,
    );
  });
});

describe('the server refuses to start', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open();
  });
  afterEach(async () => {
    await stage.expectNothingLeft();
  });
  afterAll(() => stage.close());

  it('listing all that is wrong with its configuration at once, without repeating secrets', async () => {
    const env = {
      PORT: '99999',
      ROLES: 'api,cook',
      MASTER_KEY: 'guess-me',
      DATABASE_MIGRATION_URL: 'postgres://trunkline_owner@db.example.com/trunkline',
      WHATSAPP_MEDIA_CA_FILE: '/nowhere/ca.pem',
    };
    const { code, output } = await stage.server({ env }).ended;
    expect(code).toBe(1);
    expect(output).toMatch(/^The configuration is not valid:\n( {2}- .+\n)+$/);
    expect([...output.matchAll(/^ {2}- (\w+)/gm)].map(([, name]) => name).sort()).toEqual([
      'DATABASE_MIGRATION_URL',
      'MASTER_KEY',
      'PORT',
      'ROLES',
      'WHATSAPP_MEDIA_CA_FILE',
    ]);
    expect(output).not.toContain('guess-me');
    expect(existsSync(stage.dataDir)).toBe(false);
  });

  it('without a stack when a file is in the way of its data folder', async () => {
    const { code, output } = await stage.server({ env: { DATA_DIR: '/dev/null/data' } }).ended;
    expect(code).toBe(1);
    expect(output).toBe(
      '/dev/null/data cannot be a folder, because a file is in its way: set DATA_DIR to another folder.\n',
    );
  });
});
