import { Queue, Relay, Worker } from 'bullmq';
import type { Processor } from 'bullmq';
import { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible';
import type { Logger } from '../logging/logger.js';
import { throttledWarn } from '../logging/throttled-log.js';
import type { MakeRateLimiter } from '../rate-limit/cost-budget.js';
import type { Broker, BullQueue, BullRelay, BullWorker, BullWorkerOptions } from './broker.js';

const CONNECT_TIMEOUT_MS = 5_000;
const SCAN_COUNT = 500;
/** Longer than the longest silence of a worker that waits for jobs. */
const SILENCE_MS = 30_000;
/** A count that takes longer is made without Redis. */
const COUNT_TIMEOUT_MS = 500;

/** BullMQ on Redis. All keys start with the prefix, so that the Redis may be shared. */
export class RedisBroker implements Broker {
  readonly kind = 'redis';
  readonly #redis: Redis;
  /** For commands that somebody waits for: on the other connection they would wait for a Redis that is away. */
  readonly #hasty: Redis;
  readonly #prefix: string;

  private constructor(redis: Redis, hasty: Redis, prefix: string) {
    this.#redis = redis;
    this.#hasty = hasty;
    this.#prefix = prefix;
  }

  /** Throws when Redis does not answer within seconds; later outages heal by themselves. */
  static async open(url: string, logger: Logger, prefix = 'trunkline'): Promise<RedisBroker> {
    // BullMQ wants no limit of retries: its workers wait for Redis to come back.
    const redis = new Redis(url, {
      maxRetriesPerRequest: null,
      connectTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout: SILENCE_MS,
      connectionName: 'trunkline',
      lazyConnect: true,
    });
    const hasty = redis.duplicate({
      maxRetriesPerRequest: 0,
      enableOfflineQueue: false,
      commandTimeout: COUNT_TIMEOUT_MS,
    });
    const warn = throttledWarn(logger);
    for (const each of [redis, hasty]) each.on('error', (error: Error) => warn(error, 'queue connection'));
    try {
      await Promise.all([redis.connect(), hasty.connect()]);
      return new RedisBroker(redis, hasty, prefix);
    } catch (error) {
      redis.disconnect();
      hasty.disconnect();
      throw error;
    }
  }

  get isReady(): boolean {
    return this.#redis.status === 'ready';
  }

  queue(name: string): BullQueue {
    return this.#queue(name);
  }

  worker(name: string, process: Processor<object, void>, options: BullWorkerOptions): BullWorker {
    return new Worker<object, void>(name, process, {
      ...options,
      connection: this.#redis,
      prefix: this.#prefix,
    });
  }

  relay(namespace: string): BullRelay {
    return new Relay({ connection: this.#redis, prefix: this.#prefix, namespace });
  }

  readonly rateLimiter: MakeRateLimiter = (options) =>
    new RateLimiterRedis({
      ...options,
      keyPrefix: `${this.#prefix}:rate:${options.keyPrefix ?? ''}`,
      storeClient: this.#hasty,
      rejectIfRedisNotReady: true,
      insuranceLimiter: new RateLimiterMemory(options),
    });

  async queueNames(prefix: string): Promise<readonly string[]> {
    const start = `${this.#prefix}:`;
    const end = ':meta';
    const names = new Set<string>();
    for await (const keys of this.#redis.scanStream({
      match: `${start}${prefix}*${end}`,
      count: SCAN_COUNT,
    }) as AsyncIterable<string[]>) {
      for (const key of keys) names.add(key.slice(start.length, -end.length));
    }
    return [...names];
  }

  async removeQueue(name: string): Promise<void> {
    const queue = this.#queue(name, { skipMetasUpdate: true });
    await queue.obliterate({ force: true });
    await queue.close();
  }

  async close(): Promise<void> {
    this.#hasty.disconnect();
    if (this.isReady) await this.#redis.quit();
    else this.#redis.disconnect();
  }

  /** A new object writes that its queue exists, some time later: never when the queue is to be removed. */
  #queue(name: string, options: { skipMetasUpdate?: boolean } = {}): Queue<object, void> {
    return new Queue(name, { ...options, connection: this.#redis, prefix: this.#prefix });
  }
}
