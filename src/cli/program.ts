import { Command, InvalidArgumentError, Option } from 'commander';
import { ROLES } from '../kernel/access.js';
import { VERSION } from '../kernel/version.js';

/** The command line. Commands are loaded when they run: --help need not wait for a server's worth of code. */
export function createProgram(): Command {
  const program = new Command('trunkline')
    .description(
      'Self-hosted WhatsApp CRM platform for agencies. Configuration is read from the environment (see the README).',
    )
    .version(VERSION)
    .showHelpAfterError('(--help shows how it is used)');
  addInstallationCommands(program);
  addAccountCommands(program);
  addKeyCommands(program);
  addDeviceCommands(program);
  return program;
}

function addInstallationCommands(program: Command): void {
  program
    .command('demo')
    .description('run everything on this machine against a simulated WhatsApp, and show it')
    .option(
      '--once',
      'run the steps once and exit: 0 when each was seen to work, else 1 naming the one that failed',
    )
    .option('--port <port>', 'port of the GraphQL API (0: any free one)', parsePort, 0)
    .option(
      '--fault <rule...>',
      'let the simulated WhatsApp misbehave, e.g. \'{"point":"message","action":{"kind":"error","code":479}}\'',
    )
    .action(lazily(async () => (await import('./demo/demo.command.js')).runDemo));
  program
    .command('migrate')
    .description('bring the database up to date (uses DATABASE_MIGRATION_URL, or the embedded database)')
    .action(lazily(async () => (await import('./migrate.command.js')).migrate));
  program
    .command('doctor')
    .description(
      'say what is reachable, which versions run, what is pending; exits 1 when something is wrong',
    )
    .action(lazily(async () => (await import('./doctor/doctor.command.js')).runDoctor));
}

function addAccountCommands(program: Command): void {
  program
    .command('agency')
    .description('agencies')
    .command('create')
    .description('create an agency and its owner; the password is read from the terminal or standard input')
    .requiredOption('--name <name>', 'name of the agency')
    .requiredOption('--owner-email <email>', "the owner's e-mail address")
    .addOption(urlOption())
    .action(lazily(async () => (await import('./accounts.command.js')).createAgency));
  program
    .command('user')
    .description('people who log in')
    .command('create')
    .description('create a user of an agency; the password is read from the terminal or standard input')
    .requiredOption('--agency <id>', 'agency id (agc_…)')
    .requiredOption('--email <email>', 'e-mail address')
    .addOption(new Option('--role <role>', 'what the user may do').choices(ROLES).makeOptionMandatory())
    .option('--subaccount <id...>', 'subaccounts (sub_…) that the user sees; not for agency-wide roles')
    .addOption(urlOption())
    .action(lazily(async () => (await import('./accounts.command.js')).createUser));
  program
    .command('subaccount')
    .description('clients of an agency')
    .command('create')
    .description('create a subaccount')
    .requiredOption('--agency <id>', 'agency id (agc_…)')
    .requiredOption('--name <name>', 'name of the client')
    .option('--timezone <zone>', 'IANA time zone', 'UTC')
    .addOption(urlOption())
    .action(lazily(async () => (await import('./accounts.command.js')).createSubaccount));
}

function addKeyCommands(program: Command): void {
  program
    .command('key')
    .description('API keys')
    .command('create')
    .description('create an API key; its secret is printed once')
    .option('--agency <id>', 'owned by this agency (agc_…)')
    .option('--subaccount <id>', 'owned by this subaccount (sub_…)')
    .requiredOption('--name <name>', 'what it is for')
    .option('--scope <action...>', 'what it may do, e.g. message:send', ['*'])
    .option('--expires-at <date>', 'ISO 8601 date after which it is refused')
    .addOption(urlOption())
    .action(lazily(async () => (await import('./accounts.command.js')).createApiKey));
}

function addDeviceCommands(program: Command): void {
  program
    .command('device')
    .description('WhatsApp numbers')
    .command('pair')
    .description('link a phone: shows the QR code (or the pairing code) here and follows it to the end')
    .argument('[deviceId]', 'device to pair (dev_…); or create one with --subaccount')
    .option('--subaccount <id>', 'create a device in this subaccount (sub_…) first')
    .option('--label <label>', 'label of the created device', 'My phone')
    .option('--phone <number>', 'use a pairing code, typed on the phone of this number, instead of a QR code')
    .addOption(urlOption())
    .addOption(
      new Option('--key <token>', 'API key or login session to call it with')
        .env('TRUNKLINE_KEY')
        .makeOptionMandatory(),
    )
    .action(lazily(async () => (await import('./pair.command.js')).pairDevice));
}

function urlOption(): Option {
  return new Option('--url <url>', 'address of the running server')
    .env('TRUNKLINE_URL')
    .argParser(parseServerUrl)
    .default(undefined, 'http://HOST:PORT/graphql of the configuration');
}

function lazily<A extends unknown[]>(
  load: () => Promise<(...args: A) => Promise<void>>,
): (...args: A) => Promise<void> {
  return async (...args) => (await load())(...args);
}

/** The GraphQL endpoint; the server's bare address will do. */
function parseServerUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new InvalidArgumentError('It must look like http://127.0.0.1:3000/graphql.');
  }
  if (url.pathname === '/') url.pathname = '/graphql';
  return url.href;
}

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError('It must be a whole number from 0 to 65535.');
}
