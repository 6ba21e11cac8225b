import { writeFile } from 'node:fs/promises';
import { Argument, Command, InvalidArgumentError } from 'commander';
import { benchAccept } from './accept/accept.bench.js';
import { benchFanout } from './fanout/fanout.bench.js';
import { benchGrowth } from './idle/growth.bench.js';
import { benchIdle } from './idle/idle.bench.js';
import { benchImport } from './import/import.bench.js';
import { benchInbound } from './inbound/inbound.bench.js';
import { benchPage } from './page/page.bench.js';
import { toJson, toTable } from './report.js';
import type { BenchOptions, BenchResult } from './report.js';
import { benchLatency } from './send/latency.bench.js';
import { benchQueues } from './send/queues.bench.js';
import { benchSend } from './send/send.bench.js';

const BENCHES: Readonly<Record<string, (options: BenchOptions) => Promise<BenchResult>>> = {
  accept: benchAccept,
  send: benchSend,
  inbound: benchInbound,
  import: benchImport,
  latency: benchLatency,
  idle: benchIdle,
  queues: benchQueues,
  growth: benchGrowth,
  page: benchPage,
  fanout: benchFanout,
};

interface Options {
  readonly seconds: number;
  readonly rounds: number;
  readonly devices: number[];
  readonly size: number;
  readonly json?: true | string;
  readonly profile?: string;
}

const program = new Command('bench')
  .description(
    'Measures Trunkline against the bare libraries below it: both in turns in one run, since absolute numbers belong to a machine.',
  )
  .addArgument(new Argument('[names...]', 'only these').choices(Object.keys(BENCHES)))
  .option('--seconds <seconds>', 'measured time of each round of each side', positive, 5)
  .option('--rounds <count>', 'rounds of each side, in turns', positive, 3)
  .option('--devices <counts>', 'for growth: a comma list, up to 1000', counts, [10, 100])
  .option('--size <part>', 'for page and import: a part of their rows, to look where time goes', positive, 1)
  .option('--profile <folder>', 'write CPU profiles of the server into this folder')
  .option('--json [file]', 'print the results as JSON, or write them to a file beside the tables')
  .showHelpAfterError();

function positive(value: string): number {
  const number = Number(value);
  if (!(number > 0)) throw new InvalidArgumentError('must be a number above 0');
  return number;
}

function counts(value: string): number[] {
  return value.split(',').map(positive);
}

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => stop.abort(new Error(`stopped by ${signal}`)));
}

program.action(async (names: string[], { json, profile, ...rest }: Options) => {
  const results: BenchResult[] = [];
  for (const [name, bench] of Object.entries(BENCHES)) {
    if (names.length > 0 && !names.includes(name)) continue;
    const result = await bench({ ...rest, profileDir: profile, signal: stop.signal });
    results.push(result);
    if (json !== true) console.log(`${toTable(result)}\n`);
  }
  const text = JSON.stringify(results.map(toJson), null, 2);
  if (json === true) console.log(text);
  else if (json !== undefined) await writeFile(json, `${text}\n`);
});

try {
  await program.parseAsync();
} catch (error) {
  console.error(stop.signal.aborted ? String(stop.signal.reason) : error);
  process.exitCode = 1;
}
