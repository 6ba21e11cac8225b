import type { Round } from '../latency.js';
import { inTurns } from '../latency.js';
import { atMost } from '../report.js';
import type { BenchOptions, BenchResult } from '../report.js';
import { openSendStage, startSendLoad } from './send.bench.js';
import type { SendLoadRequest } from './load.process.js';

const EVERY_MS = 100;
const WARM_UP_SECONDS = 3;
const GOAL = 3.5;

/** How long one message takes from its mutation to WhatsApp's ack when nothing else happens. */
export async function benchLatency(options: BenchOptions): Promise<BenchResult> {
  await using stage = await openSendStage(options);
  await using load = await startSendLoad(stage, options.signal);
  const product = (seconds: number) =>
    load.ask<Round>({ kind: 'idle', seconds, everyMs: EVERY_MS } satisfies SendLoadRequest);
  const raw = (seconds: number) => stage.raw<Round>({ kind: 'idle-sends', seconds, everyMs: EVERY_MS });
  await product(WARM_UP_SECONDS);
  await raw(WARM_UP_SECONDS);
  const rounds = await inTurns(
    options.rounds,
    () => product(options.seconds),
    () => raw(options.seconds),
  );
  const compare = (of: (round: Round) => number) => ({
    unit: 'ms',
    product: rounds.product.map(of),
    floor: rounds.floor.map(of),
  });
  return {
    name: 'latency',
    title: `one message each ${EVERY_MS} ms: from the mutation, or the call of the library, to WhatsApp's ack`,
    floor: 'raw Baileys',
    comparisons: [
      { metric: 'p50', ...compare((round) => round.p50Ms), goals: [atMost(GOAL)] },
      { metric: 'p95', ...compare((round) => round.p95Ms), goals: [atMost(GOAL)] },
    ],
    verified: "our ack is taken from WhatsApp's side, up to 2 ms late",
  };
}
