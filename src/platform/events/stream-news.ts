import type { Clock } from '../../kernel/clock.js';
import { Context } from '../../kernel/context.js';
import { asSystem } from '../../kernel/system-context.js';
import type { Database } from '../database/database.js';
import type { Logger } from '../logging/logger.js';
import { throttledWarn } from '../logging/throttled-log.js';
import type { Hints } from '../pubsub/hints.js';
import { ANY_STREAM } from './event-log.js';
import type { StoredReader } from './stored-place.js';

const STREAMS_AT_ONCE = 100;
/**
 * What a message goes through on its way out is read together, and after it: whoever read each step at once would take the processor from the next.
 */
const GATHER_MS = 50;
const MIN_REST_MS = 50;
/** Looking costs at most this part of the time, however many streams there are. */
const REST_PER_LOOK = 4;

/** Reads a subaccount's stream to its end, or to where somebody else took over. */
export interface StreamReader {
  readOn(ctx: Context, subaccountId: string, signal: AbortSignal): Promise<void>;
}

/**
 * Has streams read that have news. Each process with the role looks soon after something was appended somewhere, and every two seconds: streams
 * are told apart by one query, and whoever comes first to a stream reads it.
 */
export class StreamNews {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #hints: Hints;
  readonly #name: StoredReader;
  readonly #reader: StreamReader;
  readonly #warn: (error: Error, message: string) => void;
  readonly #stopping = new AbortController();
  #unsubscribe: () => void = () => undefined;
  #wanted = true;
  #wake: () => void = () => undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(options: {
    readonly database: Database;
    readonly clock: Clock;
    readonly hints: Hints;
    readonly name: StoredReader;
    readonly reader: StreamReader;
    readonly logger: Logger;
  }) {
    this.#database = options.database;
    this.#clock = options.clock;
    this.#hints = options.hints;
    this.#name = options.name;
    this.#reader = options.reader;
    this.#warn = throttledWarn(options.logger);
  }

  start(): void {
    this.#unsubscribe = this.#hints.subscribe(ANY_STREAM, this.#ring);
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#unsubscribe();
    this.#stopping.abort();
    this.#ring();
    await this.#running;
  }

  readonly #ring = (): void => {
    this.#wanted = true;
    this.#wake();
  };

  readonly #note = (error: unknown): void => {
    this.#warn(error instanceof Error ? error : new Error(String(error)), `reading events: ${this.#name}`);
  };

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      while (!this.#wanted) await new Promise<void>((resolve) => (this.#wake = resolve));
      await this.#clock.sleep(GATHER_MS, signal).catch(() => undefined);
      this.#wanted = false;
      const startedAtMs = this.#clock.monotonicMs();
      await this.#look(signal).catch(this.#note);
      const tookMs = this.#clock.monotonicMs() - startedAtMs;
      await this.#clock.sleep(Math.max(MIN_REST_MS, tookMs * REST_PER_LOOK), signal).catch(() => undefined);
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const ctx = asSystem(`find streams with news: ${this.#name}`);
    const streams = await this.#database.callFunction(ctx, 'list_streams_with_news', [
      this.#name,
      STREAMS_AT_ONCE,
    ]);
    for (const { id: subaccountId, agencyId } of streams) {
      if (signal.aborted) return;
      const job = Context.forJob(`${this.#name}.read`, { agencyId, subaccountId });
      // What is wrong with one stream holds no other back.
      await this.#reader.readOn(job, subaccountId, signal).catch(this.#note);
    }
    if (streams.length === STREAMS_AT_ONCE) this.#ring();
  }
}
