import { randomBytes } from 'node:crypto';
import { Command, InvalidArgumentError, Option } from 'commander';
import { fileURLToPath } from 'node:url';
import { silenceConsoleInfo } from '../../src/kernel/silence.js';
import { runChaos } from './support/chaos-run.js';
import type { Backend } from './support/machines.js';
import { runFleet } from './support/fleet-run.js';
import { runPause } from './support/pause-run.js';
import { runDisk } from './support/disk-run.js';
import { runNetwork } from './support/network-run.js';
import { runPoints } from './support/points-run.js';
import { runBehindSlowLink } from './support/root-run.js';
import { CannotRunError, requireRoot } from './support/root-tools.js';
import { runSoak } from './support/soak-run.js';
import type { Network } from './support/slow-link.js';
import { toText, type Report } from './support/report.js';

interface Options {
  readonly sends: number;
  readonly inbound: number;
  readonly devices: number;
  readonly processes: number;
  readonly killEveryMs: number;
  readonly victims: 'sessions' | 'all';
  readonly backend: Backend;
  readonly seed: string;
  readonly spreadSeconds: number;
  readonly seconds: number;
  readonly fast: boolean;
  readonly points?: number | true;
  readonly pause: boolean;
  readonly fleet: boolean;
  readonly soak?: number;
  readonly leaseTtlSeconds: number;
  readonly connectsPerSecond?: number;
  readonly root?: 'network' | 'disk' | true;
  readonly behind?: Network;
}

silenceConsoleInfo();

/** Built before. */
const PRODUCT = fileURLToPath(new URL('../../', import.meta.url));

const program = new Command('chaos')
  .description(
    'Kills server processes while messages go both ways, and compares what callers were told, what the database says and what reached WhatsApp.',
  )
  .option('--sends <count>', 'messages handed in through the API', count, 10_000)
  .option('--inbound <count>', 'messages that customers write', count, 10_000)
  .option('--devices <count>', 'paired devices', count, 200)
  .option('--processes <count>', 'processes that hold sessions, besides one for the API', count, 3)
  .option('--kill-every-ms <ms>', 'how often a process is killed and started again', count, 2_000)
  .addOption(
    new Option('--victims <which>', 'which processes are killed')
      .choices(['sessions', 'all'])
      .default('sessions'),
  )
  .addOption(
    new Option('--backend <backend>', 'of queues and hints')
      .choices(['postgres', 'redis'])
      .default('postgres'),
  )
  .option('--seed <text>', 'chooses the victims and makes the numbers; default: a new one')
  .option(
    '--spread-seconds <seconds>',
    'processes are killed for so long, and the messages handed in, as far as they are taken',
    count,
    240,
  )
  .option('--seconds <seconds>', 'limit for everything after the pairing', count, 900)
  .option(
    '--lease-ttl-seconds <seconds>',
    'how long a killed process keeps its devices, besides 2 s of margin',
    count,
    5,
  )
  .option(
    '--connects-per-second <count>',
    'WhatsApp connections that a process opens a second at most; default: all at once',
    count,
  )
  .option('--points [times]', 'instead: end a process in each named crash point, so often', count)
  .option('--pause', 'instead: pause one of two processes for longer than its leases last', false)
  .option(
    '--fleet',
    'instead: kill one process for good and stop another one in order, and time the return',
    false,
  )
  .option('--soak <minutes>', 'instead: keep the devices connected in one process for so long', count)
  .addOption(
    new Option(
      '--root [scenario]',
      'instead, as root on Linux: delay and loss between the server and its machines, a full disk under PostgreSQL; default: both',
    ).choices(['network', 'disk']),
  )
  .addOption(new Option('--behind <network>').argParser(JSON.parse).hideHelp())
  .option('--fast', 'PostgreSQL without fsync', false)
  .showHelpAfterError();

function count(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 0) throw new InvalidArgumentError('It must be a whole number.');
  return number;
}

/** Resolves with whether every promise was kept. */
async function run(options: Options): Promise<boolean> {
  if (options.root !== undefined) return runAsRoot(options, options.root);
  return tell(await runOne(options));
}

function runOne({ points, pause, fleet, soak, spreadSeconds, seconds, ...given }: Options): Promise<Report> {
  const rest = { ...given, product: PRODUCT };
  if (fleet) return runFleet(rest, say);
  if (soak !== undefined) return runSoak({ ...rest, minutes: soak }, say);
  if (pause) return runPause(rest);
  if (points !== undefined) return runPoints({ ...rest, times: points === true ? 1 : points }, say);
  return runChaos({ ...rest, spreadMs: spreadSeconds * 1_000, limitMs: seconds * 1_000 }, say);
}

async function runAsRoot(options: Options, scenario: 'network' | 'disk' | true): Promise<boolean> {
  const { backend, seed, fast, behind, leaseTtlSeconds } = options;
  const rest = { product: PRODUCT, backend, seed, fast, leaseTtlSeconds };
  if (behind !== undefined) return tell(await runNetwork({ ...rest, network: behind }, say));
  requireRoot();
  const again = ['--root', 'network', '--backend', backend, '--seed', seed, ...(fast ? ['--fast'] : [])];
  const network = scenario === 'disk' || (await runBehindSlowLink(again, say));
  const disk = scenario === 'network' || tell(await runDisk(rest, say));
  return network && disk;
}

function tell(report: Report): boolean {
  say(toText(report));
  return report.kept;
}

function say(line: string): void {
  console.log(line);
}

program.action(
  async ({ seed = randomBytes(4).toString('hex'), ...options }: Partial<Options> & Omit<Options, 'seed'>) => {
    if (options.behind === undefined) say(`seed ${seed}`);
    try {
      process.exitCode = (await run({ ...options, seed })) ? 0 : 1;
    } catch (error) {
      if (!(error instanceof CannotRunError)) throw error;
      say(error.message);
      process.exitCode = 1;
    }
  },
);

await program.parseAsync();
