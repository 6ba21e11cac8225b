import { median } from './latency.js';
import type { Round } from './latency.js';

export interface BenchOptions {
  /** Measured time of one round of one side. */
  readonly seconds: number;
  /** How often each side is measured, in turns. */
  readonly rounds: number;
  /** Folder for CPU profiles of the server. */
  readonly profileDir?: string | undefined;
  /** Ends the benchmark early, and everything that it started. */
  readonly signal: AbortSignal;
}

/** One side of a comparison. */
interface Side {
  readonly name: string;
  readonly rounds: readonly Round[];
}

/** A benchmark is a ratio of two sides that were measured in turns, in one run, on one machine. */
export interface BenchResult {
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  /** The ratio that we want. */
  readonly goal: number;
  readonly product: Side;
  readonly floor: Side;
  /** What was checked besides the speed. */
  readonly verified: string;
}

const rateOf = (round: Round): number => round.count / round.seconds;

export function ratioOf({ product, floor }: BenchResult): number {
  return median(product.rounds.map(rateOf)) / median(floor.rounds.map(rateOf));
}

/** The summary of one side: medians over its rounds. */
export function summarise({ name, rounds }: Side) {
  return {
    name,
    rate: median(rounds.map(rateOf)),
    p50Ms: median(rounds.map((round) => round.p50Ms)),
    p95Ms: median(rounds.map((round) => round.p95Ms)),
    p99Ms: median(rounds.map((round) => round.p99Ms)),
    rates: rounds.map(rateOf),
  };
}

export function toTable(result: BenchResult): string {
  const lines = [result.product, result.floor].map((side) => {
    const { name, rate, p50Ms, p95Ms, p99Ms, rates } = summarise(side);
    const cells = [rate.toFixed(0), p50Ms.toFixed(1), p95Ms.toFixed(1), p99Ms.toFixed(1)];
    return [name, ...cells, rates.map((each) => each.toFixed(0)).join(' ')];
  });
  const header = ['', result.unit, 'p50 ms', 'p95 ms', 'p99 ms', 'each round'];
  const ratio = ratioOf(result);
  return [
    `${result.name}: ${result.title}`,
    ...align([header, ...lines]),
    `  ratio ${ratio.toFixed(2)}, goal ${result.goal}: ${ratio >= result.goal ? 'reached' : 'not reached'}`,
    `  ${result.verified}`,
  ].join('\n');
}

function align(rows: readonly (readonly string[])[]): string[] {
  const width = (column: number): number => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  return rows.map((row) => {
    const cells = row.map((cell, column) =>
      column === 0 || column === row.length - 1 ? cell.padEnd(width(column)) : cell.padStart(width(column)),
    );
    return `  ${cells.join('  ')}`.trimEnd();
  });
}
