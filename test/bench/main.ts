import { Command, Option } from 'commander';
import { benchAccept } from './accept/accept.bench.js';
import { ratioOf, summarise, toTable } from './report.js';
import type { BenchOptions, BenchResult } from './report.js';

const BENCHES: Readonly<Record<string, (options: BenchOptions) => Promise<BenchResult>>> = {
  accept: benchAccept,
};

interface Options {
  readonly only?: string[];
  readonly seconds: number;
  readonly rounds: number;
  readonly json?: true;
  readonly profile?: string;
}

const program = new Command('bench')
  .description(
    'Measures Trunkline against the bare libraries below it: both in turns in one run, since absolute numbers belong to a machine.',
  )
  .addOption(new Option('--only <name...>', 'only these').choices(Object.keys(BENCHES)))
  .option('--seconds <seconds>', 'measured time of each round of each side', positive, 5)
  .option('--rounds <count>', 'rounds of each side, in turns', positive, 5)
  .option('--profile <folder>', 'write CPU profiles of the server into this folder')
  .option('--json', 'print the results as JSON')
  .showHelpAfterError();

function positive(value: string): number {
  const number = Number(value);
  if (!(number > 0)) throw new Error(`must be a number above 0, not "${value}"`);
  return number;
}

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => stop.abort(new Error(`stopped by ${signal}`)));
}

program.action(async ({ only, json, profile, ...rest }: Options) => {
  const results: BenchResult[] = [];
  for (const [name, bench] of Object.entries(BENCHES)) {
    if (only !== undefined && !only.includes(name)) continue;
    const result = await bench({ ...rest, profileDir: profile, signal: stop.signal });
    results.push(result);
    if (json !== true) console.log(`${toTable(result)}\n`);
  }
  if (json === true) console.log(JSON.stringify(results.map(toJson), null, 2));
});

function toJson(result: BenchResult) {
  const { name, title, unit, goal, product, floor, verified } = result;
  return {
    name,
    title,
    unit,
    goal,
    ratio: ratioOf(result),
    product: summarise(product),
    floor: summarise(floor),
    verified,
  };
}

try {
  await program.parseAsync();
} catch (error) {
  console.error(stop.signal.aborted ? String(stop.signal.reason) : error);
  process.exitCode = 1;
}
