import { Command, Option } from 'commander';
import { VERSION } from '../kernel/version.js';
import { createAgency, createApiKey, createSubaccount, createUser } from './accounts.command.js';
import { runDemo } from './demo/demo.command.js';
import { runDoctor } from './doctor.command.js';
import { migrate } from './migrate.command.js';
import { pairDevice } from './pair.command.js';
import { reportAndExit } from './report.js';

const urlOption = (): Option =>
  new Option('--url <url>', 'GraphQL endpoint of the running server')
    .env('TRUNKLINE_URL')
    .default(undefined, 'http://HOST:PORT/graphql of the configuration');
const keyOption = (): Option =>
  new Option('--key <token>', 'API key or login session to call it with')
    .env('TRUNKLINE_KEY')
    .makeOptionMandatory();

const program = new Command('trunkline')
  .description(
    'Self-hosted WhatsApp CRM platform for agencies. Configuration is read from the environment (see the README).',
  )
  .version(VERSION)
  .showHelpAfterError();

program
  .command('demo')
  .description('run everything on this machine against a simulated WhatsApp, and show it')
  .option(
    '--once',
    'run the steps once and exit: 0 when each was seen to work, else 1 naming the one that failed',
  )
  .option('--port <port>', 'port of the GraphQL API (0: any free one)', parsePort, 0)
  .action((options: { once?: true; port: number }) =>
    runDemo({ once: options.once === true, port: options.port }),
  );

program
  .command('migrate')
  .description('bring the database up to date (uses DATABASE_MIGRATION_URL, or the embedded database)')
  .action(migrate);

const agency = program.command('agency').description('agencies');
agency
  .command('create')
  .description('create an agency and its owner; the password is read from the terminal or standard input')
  .requiredOption('--name <name>', 'name of the agency')
  .requiredOption('--owner-email <email>', "the owner's e-mail address")
  .addOption(urlOption())
  .action(createAgency);

const user = program.command('user').description('people who log in');
user
  .command('create')
  .description('create a user of an agency; the password is read from the terminal or standard input')
  .requiredOption('--agency <id>', 'agency id (agc_…)')
  .requiredOption('--email <email>', 'e-mail address')
  .requiredOption('--role <role>', 'AGENCY_OWNER, AGENCY_ADMIN, SUBACCOUNT_ADMIN, AGENT or VIEWER')
  .option('--subaccount <id...>', 'subaccounts (sub_…) that the user sees; not for agency-wide roles')
  .addOption(urlOption())
  .action(createUser);

const subaccount = program.command('subaccount').description('clients of an agency');
subaccount
  .command('create')
  .description('create a subaccount')
  .requiredOption('--agency <id>', 'agency id (agc_…)')
  .requiredOption('--name <name>', 'name of the client')
  .option('--timezone <zone>', 'IANA time zone', 'UTC')
  .addOption(urlOption())
  .action(createSubaccount);

const key = program.command('key').description('API keys');
key
  .command('create')
  .description('create an API key; its secret is printed once')
  .option('--agency <id>', 'owned by this agency (agc_…)')
  .option('--subaccount <id>', 'owned by this subaccount (sub_…)')
  .requiredOption('--name <name>', 'what it is for')
  .option('--scope <action...>', 'what it may do, e.g. message:send', ['*'])
  .option('--expires-at <date>', 'ISO 8601 date after which it is refused')
  .addOption(urlOption())
  .action(createApiKey);

const device = program.command('device').description('WhatsApp numbers');
device
  .command('pair')
  .description('link a phone: shows the QR code (or the pairing code) here and follows it to the end')
  .argument('[deviceId]', 'device to pair (dev_…); or create one with --subaccount')
  .option('--subaccount <id>', 'create a device in this subaccount (sub_…) first')
  .option('--label <label>', 'label of the created device', 'My phone')
  .option('--phone <number>', 'use a pairing code, typed on the phone of this number, instead of a QR code')
  .addOption(urlOption())
  .addOption(keyOption())
  .action(pairDevice);

program
  .command('doctor')
  .description('say what is reachable, which versions run, what is pending; exits 1 when something is wrong')
  .action(runDoctor);

function parsePort(value: string): number {
  const port = Number(value);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error(`--port must be 0 to 65535, not "${value}"`);
  return port;
}

try {
  await program.parseAsync();
} catch (error) {
  reportAndExit(error);
}
