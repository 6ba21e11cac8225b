import type { Round } from '../latency.js';
import { inTurns, WARM_UP_SECONDS } from '../latency.js';
import { atMost } from '../report.js';
import type { BenchOptions, BenchResult } from '../report.js';
import { measureToAck, openSendStage, startSendLoad } from './send.bench.js';
import type { SendLoadRequest } from './load.process.js';

const EVERY_MS = 100;
const BUSY = 20;
const SETTLE_SECONDS = 2;
const GOAL = 3.5;

/** How long one message takes from its mutation to WhatsApp's ack when nothing else happens. */
export async function benchLatency(options: BenchOptions): Promise<BenchResult> {
  await using stage = await openSendStage(options);
  await using load = await startSendLoad(stage, options.signal);
  const product = (seconds: number) =>
    load.ask<Round>({ kind: 'idle', seconds, everyMs: EVERY_MS } satisfies SendLoadRequest);
  const raw = (seconds: number) => stage.raw<Round>({ kind: 'idle-sends', seconds, everyMs: EVERY_MS });
  // One message at a time would take minutes to warm up what a server does all day.
  await measureToAck(stage, load, BUSY, WARM_UP_SECONDS);
  await stage.raw({ kind: 'send', inFlight: BUSY, seconds: WARM_UP_SECONDS });
  await product(SETTLE_SECONDS);
  await raw(SETTLE_SECONDS);
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
