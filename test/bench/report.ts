import { median } from './latency.js';

export interface BenchOptions {
  /** Measured time of one round of one side, where a round is as long as one says. */
  readonly seconds: number;
  /** How often each side is measured, in turns. */
  readonly rounds: number;
  /** Devices of the benchmarks that ask how something grows. */
  readonly devices: readonly number[];
  /** Rows of the benchmarks that ask how something grows with them: a part of the full size, 1 for all of it. */
  readonly size: number;
  /** Folder for CPU profiles of the server. */
  readonly profileDir?: string | undefined;
  /** Ends the benchmark early, and everything that it started. */
  readonly signal: AbortSignal;
}

/** What we want: of the ratio to the floor, or of the value itself. */
export interface Goal {
  readonly of: 'ratio' | 'value';
  readonly at: 'least' | 'most';
  readonly limit: number;
}

/** One figure of ours, with the same of the bare libraries when there is one; each as often as it was measured. */
export interface Comparison {
  readonly metric: string;
  readonly unit: string;
  readonly product: readonly number[];
  readonly floor?: readonly number[];
  readonly goals?: readonly Goal[];
}

/** A benchmark compares sides that were measured in turns, in one run, on one machine. */
export interface BenchResult {
  readonly name: string;
  readonly title: string;
  /** What the floor is. */
  readonly floor: string;
  readonly comparisons: readonly Comparison[];
  /** What was checked besides the speed. */
  readonly verified: string;
}

export const atLeast = (limit: number): Goal => ({ of: 'ratio', at: 'least', limit });
export const atMost = (limit: number, of: Goal['of'] = 'ratio'): Goal => ({ of, at: 'most', limit });

export function toJson({ comparisons, ...about }: BenchResult) {
  return { ...about, comparisons: comparisons.map(judge) };
}

export function toTable(result: BenchResult): string {
  const header = ['', 'trunkline', result.floor, 'ratio', 'goal', 'each round'];
  const rows = result.comparisons.map(toRow);
  return [`${result.name}: ${result.title}`, ...align([header, ...rows]), `  ${result.verified}`].join('\n');
}

function judge({ metric, unit, product, floor, goals = [] }: Comparison) {
  const value = median(product);
  const floorValue = floor === undefined ? null : median(floor);
  const ratio = floorValue === null ? null : value / floorValue;
  const judged = goals.map((goal) => ({ ...goal, reached: isReached(goal, value, ratio) }));
  return { metric, unit, value, floorValue, ratio, goals: judged, product, floor: floor ?? null };
}

function isReached({ of, at, limit }: Goal, value: number, ratio: number | null): boolean {
  const actual = of === 'value' ? value : (ratio ?? Number.NaN);
  return at === 'least' ? actual >= limit : actual <= limit;
}

function toRow(comparison: Comparison): string[] {
  const { metric, unit, value, floorValue, ratio, goals } = judge(comparison);
  const goal = goals.map(
    ({ of, at, limit, reached }) =>
      `${at === 'least' ? '≥' : '≤'} ${limit}${of === 'value' ? ` ${unit}` : ''} ${reached ? 'reached' : 'NOT REACHED'}`,
  );
  return [
    `${metric}, ${unit}`,
    digits(value),
    floorValue === null ? '' : digits(floorValue),
    ratio === null ? '' : ratio.toFixed(2),
    goal.join(', '),
    comparison.product.length < 2 ? '' : comparison.product.map(digits).join(' '),
  ];
}

/** Three significant digits, or all before the point. */
function digits(value: number): string {
  return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);
}

function align(rows: readonly (readonly string[])[]): string[] {
  const width = (column: number): number => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  return rows.map((row) => {
    const cells = row.map((cell, column) =>
      column === 0 || column > 3 ? cell.padEnd(width(column)) : cell.padStart(width(column)),
    );
    return `  ${cells.join('  ')}`.trimEnd();
  });
}
