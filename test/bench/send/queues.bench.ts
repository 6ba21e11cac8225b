import { redisServerMissing } from '../../support/redis.js';
import type { BenchOptions, BenchResult, Comparison } from '../report.js';
import { measureDrain, measureToAck, openSendStage, startSendLoad } from './send.bench.js';

const IN_FLIGHT = 100;
const WARM_UP_SECONDS = 3;

/** The same sends with queues and hints on PostgreSQL and on Redis. */
export async function benchQueues(options: BenchOptions): Promise<BenchResult> {
  const withRedis = redisServerMissing === null;
  const postgres = await measureBackend(options, false);
  const redis = withRedis ? await measureBackend(options, true) : null;
  const compare = (metric: string, of: (rates: Rates) => readonly number[]): Comparison => ({
    metric,
    unit: 'messages/s',
    product: of(redis ?? postgres),
    ...(redis !== null && { floor: of(postgres) }),
  });
  return {
    name: 'queues',
    title: withRedis
      ? 'queues on Redis / queues on PostgreSQL'
      : 'queues on PostgreSQL (no redis-server is installed)',
    floor: 'on PostgreSQL',
    comparisons: [
      compare('backlog', ({ backlog }) => backlog),
      compare(`mutation to ack, ${IN_FLIGHT} in flight`, ({ toAck }) => toAck),
    ],
    verified: 'both keep every message in PostgreSQL; queues carry wake-ups',
  };
}

interface Rates {
  readonly backlog: number[];
  readonly toAck: number[];
}

async function measureBackend(options: BenchOptions, redis: boolean): Promise<Rates> {
  await using stage = await openSendStage(options, { redis, bare: false });
  await using load = await startSendLoad(stage, options.signal);
  await measureToAck(stage, load, IN_FLIGHT, WARM_UP_SECONDS);
  const rates: Rates = { backlog: [], toAck: [] };
  for (let round = 0; round < options.rounds; round += 1) {
    rates.backlog.push((await measureDrain(stage, load, options.seconds)).rate);
    rates.toAck.push((await measureToAck(stage, load, IN_FLIGHT, options.seconds)).rate);
  }
  return rates;
}
