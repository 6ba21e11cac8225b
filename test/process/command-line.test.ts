import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { GraphqlClient } from '../../src/cli/graphql-client.js';
import { Simulator } from '../../src/simulator/index.js';
import type { Program } from './support/program.js';
import { Stage, stop } from './support/stage.js';
import { findDevice, urlOf, whatsappOf } from './support/tenant.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const PASSWORD = 'correct horse battery staple';
const NOBODY_LISTENS = 'http://127.0.0.1:1/graphql';

async function freePort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return String(port);
}

describe('help', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open();
  });
  afterAll(() => stage.close());

  it.each([
    [[], 'Commands:'],
    [['demo'], '--once'],
    [['migrate'], 'DATABASE_MIGRATION_URL'],
    [['doctor'], 'exits 1 when something is wrong'],
    [['agency', 'create'], '--owner-email <email>'],
    [['user', 'create'], 'choices: "AGENCY_OWNER"'],
    [['subaccount', 'create'], '--timezone <zone>'],
    [['key', 'create'], '--scope <action...>'],
    [['device', 'pair'], 'env: TRUNKLINE_KEY'],
  ])('of %j tells how it is used', async (command, part) => {
    const { code, output } = await stage.cli([...command, '--help']).ended;
    expect(code).toBe(0);
    expect(output).toMatch(new RegExp(`^Usage: trunkline ${command.join(' ')}`));
    // Terminals are narrow: the text is wrapped.
    expect(output.replace(/\s+/g, ' ')).toContain(part);
  });

  it.each([
    [['device', 'pear'], "unknown command 'pear'"],
    [
      ['user', 'create', '--agency', 'x', '--email', 'y', '--role', 'KING'],
      'Allowed choices are AGENCY_OWNER',
    ],
    [['agency', 'create', '--name', 'A'], "required option '--owner-email <email>' not specified"],
    [['demo', '--port', 'http'], 'It must be a whole number from 0 to 65535.'],
    [['demo', '--once', '--fault', '{"point":"cake"}'], '--fault {"point":"cake"} is no rule'],
  ])('is offered for %j', async (args, complaint) => {
    const { code, output } = await stage.cli(args).ended;
    expect(code).toBe(1);
    expect(output).toContain(complaint);
    expect(output).not.toMatch(/\n\s+at /);
  });
});

describe('beside a running server', () => {
  let stage: Stage;
  let simulator: Simulator;
  let env: Record<string, string>;
  let server: Program;
  let agency: string;
  let subaccount: string;

  async function run(args: readonly string[], input?: string, extra: Record<string, string> = {}) {
    return stage.cli(args, { env: { ...env, ...extra }, ...(input !== undefined && { input }) }).ended;
  }

  function printed(output: string, what: string): string {
    return new RegExp(`^${what}: (\\S+)$`, 'm').exec(output)?.[1] ?? `no ${what} in ${output}`;
  }

  beforeAll(async () => {
    stage = await Stage.open();
    simulator = await Simulator.start();
    env = { ...whatsappOf(simulator), PORT: await freePort() };
    server = stage.server({ env });
    await urlOf(server);
    const created = await run(
      ['agency', 'create', '--name', 'A', '--owner-email', 'owner@example.com'],
      `${PASSWORD}\n`,
    );
    agency = printed(created.output, 'agency');
    const client = await run(['subaccount', 'create', '--agency', agency, '--name', 'S']);
    subaccount = printed(client.output, 'subaccount');
  });
  afterAll(async () => {
    await stop(server);
    await stage.close();
    await simulator.close();
  });

  it('an agency with its owner, a subaccount, a user and a key are created, and work', async () => {
    expect(agency).toMatch(/^agc_/);
    expect(subaccount).toMatch(/^sub_/);
    const user = await run(
      [
        'user',
        'create',
        '--agency',
        agency,
        '--email',
        'agent@example.com',
        '--role',
        'AGENT',
        '--subaccount',
        subaccount,
      ],
      `${PASSWORD}\n`,
    );
    expect(user).toMatchObject({ code: 0, output: expect.stringMatching(/^user: usr_\w+\n$/) as string });
    const client = new GraphqlClient(await urlOf(server), '');
    const { logIn } = await client.request<{ logIn: { user: { email: string } } }>(
      `mutation { logIn(input: { email: "agent@example.com", password: "${PASSWORD}" }) { user { email } } }`,
    );
    expect(logIn.user.email).toBe('agent@example.com');

    const key = await run([
      'key',
      'create',
      '--subaccount',
      subaccount,
      '--name',
      'K',
      '--scope',
      'device:read',
    ]);
    expect(key.code).toBe(0);
    expect(key.output).toMatch(/^key: \w+\nsecret \(shown this once\): tl_key_\w+\n$/);
  });

  it.each([
    [
      'no password',
      ['agency', 'create', '--name', 'B', '--owner-email', 'b@example.com'],
      '',
      /^No password was given/,
    ],
    [
      'a short password',
      ['agency', 'create', '--name', 'B', '--owner-email', 'b@example.com'],
      'short\n',
      /ownerPassword: /,
    ],
    [
      'a malformed id',
      ['subaccount', 'create', '--agency', 'nonsense', '--name', 'S'],
      undefined,
      /input\.agencyId|id is malformed/,
    ],
    ['a key of nobody', ['key', 'create', '--name', 'K'], undefined, /agencyId|subaccountId/],
  ])('%s is refused in a sentence', async (_what, args, input, sentence) => {
    const { code, output } = await run(args, input);
    expect(code).toBe(1);
    expect(output).toMatch(sentence);
    expect(output.trim().split('\n')).toHaveLength(1);
  });

  it.each([
    ['no server', ['--url', NOBODY_LISTENS], {}, `No Trunkline server answers at ${NOBODY_LISTENS} (`],
    ['another key', [], { OPERATOR_KEY: 'x'.repeat(40) }, 'The token is unknown, malformed or revoked.'],
    ['another folder', [], { DATA_DIR: '/nowhere/at/all' }, 'There is no operator key in /nowhere/at/all: '],
  ])('%s is named with what to do', async (_what, more, extra, sentence) => {
    const args = ['subaccount', 'create', '--agency', agency, '--name', 'S', ...more];
    const { code, output } = await run(args, undefined, extra);
    expect(code).toBe(1);
    expect(output.startsWith(sentence)).toBe(true);
    expect(output.trim().split('\n')).toHaveLength(1);
  });

  describe('device pair', () => {
    let key: string;
    beforeAll(async () => {
      const { output } = await run(['key', 'create', '--subaccount', subaccount, '--name', 'pairing']);
      key = /tl_key_\w+/.exec(output)?.[0] ?? '';
    });

    function pair(...args: string[]): Program {
      return stage.cli(['device', 'pair', '--subaccount', subaccount, ...args], {
        env: { ...env, TRUNKLINE_KEY: key },
      });
    }

    it('shows the code as a picture and follows it until the phone has scanned', async () => {
      const phone = simulator.createPhone({ business: true });
      const command = pair('--label', 'Sales');
      const [, id = ''] = await command.untilSaid(/^Created (dev_\w+)$/m);
      await command.untilSaid(/[▀▄█].*\n[^]*Code 1, valid until /);
      const { pairing } = await findDevice(new GraphqlClient(await urlOf(server), key), id);
      expect(command.output).not.toContain(pairing?.qr ?? 'no code');
      await phone.scan(pairing?.qr ?? '');
      const { code, output } = await command.ended;
      expect(code).toBe(0);
      expect(output).toMatch(new RegExp(`Connected: \\+?${phone.number}\\n$`));
    });

    it('shows a pairing code for a number', async () => {
      const phone = simulator.createPhone();
      const command = pair('--phone', phone.number);
      const [, typed = ''] = await command.untilSaid(/Link with phone number\. Type ([\w-]+)/);
      await phone.enterCode(typed.replace('-', ''));
      expect(await command.ended).toMatchObject({ code: 0 });
    });

    it('refuses a device that nobody knows, and a call without device', async () => {
      const unknown = stage.cli(['device', 'pair', 'dev_nonsense'], { env: { ...env, TRUNKLINE_KEY: key } });
      expect(await unknown.ended).toMatchObject({
        code: 1,
        output: expect.stringMatching(/^[^\n]+\n$/) as string,
      });
      const nothing = stage.cli(['device', 'pair'], { env: { ...env, TRUNKLINE_KEY: key } });
      expect(await nothing.ended).toMatchObject({
        code: 1,
        output: expect.stringMatching(/^Name a device /) as string,
      });
    });
  });

  it('doctor finds everything in order, and leaves the server as it was', async () => {
    const { code, output } = await run(['doctor']);
    expect(output).not.toContain('✗');
    expect(code).toBe(0);
    const subjects = [...output.matchAll(/^✓ (\w+)/gm)].map(([, subject]) => subject);
    expect(subjects).toEqual([
      'versions',
      'disk',
      'database',
      'clock',
      'role',
      'migrations',
      'redis',
      'whatsapp',
      'server',
    ]);
    expect(output).toMatch(/server +ready on 127\.0\.0\.1:\d+/);
    expect(server.isRunning).toBe(true);
  });

  it('doctor says what is wrong and what to do, and exits with 1', async () => {
    const { code, output } = await run(['doctor'], undefined, {
      REDIS_URL: 'redis://127.0.0.1:1',
      WHATSAPP_WEBSOCKET_URL: 'ws://127.0.0.1:1/',
    });
    expect(code).toBe(1);
    expect(output).toMatch(/^✗ redis .*\n {2}→ .+$/m);
    expect(output).toMatch(/^✗ whatsapp .*\n {2}→ 127\.0\.0\.1:1: .*check DNS and the firewall$/m);
    expect(output).toMatch(/^2 of 9 checks failed\.$/m);
  });

  it('doctor before the first start makes nothing', async () => {
    const fresh = path.join(stage.folder, 'never', 'started');
    const { code, output } = await run(['doctor'], undefined, { DATA_DIR: fresh });
    expect(output).toContain(`embedded, not made yet: the first start makes it in ${fresh}`);
    expect(code).toBe(0);
    expect(stage.has('never')).toBe(false);
  });
});
