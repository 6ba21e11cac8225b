import { createHistogram } from 'node:perf_hooks';
import type { RecordableHistogram } from 'node:perf_hooks';

/** How long each side works before it is measured: its code is compiled as it turns out to be used, for some thousand messages. */
export const WARM_UP_SECONDS = 10;

/** What one round of closed-loop work came to. */
export interface Round {
  /** Answers that came within the measured time. */
  readonly count: number;
  /** Answers altogether: what was under way when the time was up is waited for. */
  readonly total: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

/** Both sides of a comparison, measured in turns: what disturbs the machine meanwhile disturbs both. */
export async function inTurns<R extends Round>(
  rounds: number,
  product: () => Promise<R>,
  floor: () => Promise<R>,
): Promise<{ readonly product: readonly R[]; readonly floor: readonly R[] }> {
  const measured = { product: [] as R[], floor: [] as R[] };
  for (let round = 0; round < rounds; round += 1) {
    measured.product.push(await product());
    measured.floor.push(await floor());
  }
  return measured;
}

/** Lets `workers` loops do `work` one after another for `seconds`, each waiting for its own answer before it asks again. */
export async function closedLoop(
  options: { readonly workers: number; readonly seconds: number },
  work: (worker: number) => Promise<void>,
): Promise<Round> {
  const { workers, seconds } = options;
  const latencies = createHistogram();
  const start = performance.now();
  const end = start + seconds * 1_000;
  let count = 0;
  let total = 0;
  const loop = async (worker: number): Promise<void> => {
    for (let asked = performance.now(); asked < end;) {
      await work(worker);
      const answered = performance.now();
      total += 1;
      if (answered <= end) count += 1;
      latencies.record(Math.max(1, Math.round((answered - asked) * 1_000)));
      asked = answered;
    }
  };
  await Promise.all(Array.from({ length: workers }, (_, worker) => loop(worker)));
  return { count, total, seconds, ...percentiles(latencies) };
}

/** The histogram counts microseconds. */
export function percentiles(latencies: RecordableHistogram): Pick<Round, 'p50Ms' | 'p95Ms' | 'p99Ms'> {
  const at = (percentile: number): number => latencies.percentile(percentile) / 1_000;
  return { p50Ms: at(50), p95Ms: at(95), p99Ms: at(99) };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  return (lower + upper) / 2;
}
