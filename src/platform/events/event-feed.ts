import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Context } from '../../kernel/context.js';
import { kernelErrors } from '../../kernel/errors.js';
import type { EventCursor, EventTopic, StoredEvent } from '../../kernel/events.js';
import type { Hints } from '../pubsub/hints.js';
import type { EventBatch, EventLog, EventQuery } from './event-log.js';

const BATCH_SIZE = 100;

export interface FollowOptions {
  /** A subaccount's uuid, or the agency's for its own stream. */
  readonly streamId: string;
  /** Events after this place; left out: those from now on. */
  readonly after?: EventCursor | null;
  readonly topics?: readonly EventTopic[];
  readonly filter?: (event: StoredEvent) => boolean;
  /** The caller's rights as they are now; throws when it has none left. Asked before each batch, and while idle. */
  readonly recheck?: () => Promise<Context>;
  readonly signal: AbortSignal;
}

/**
 * Follows a stream of the event log. A follower holds only its place: hints say that there may be more, rows are read in
 * batches when the follower asks for the next one. So a slow one costs nothing, and a lost hint only delays.
 */
export class EventFeed {
  readonly #log: EventLog;
  readonly #hints: Hints;
  /** Reads that begin with the next turn of the event loop. */
  readonly #gathering = new Map<string, Promise<EventBatch>>();

  constructor(log: EventLog, hints: Hints) {
    this.#log = log;
    this.#hints = hints;
  }

  /** Never ends by itself. Throws NOT_FOUND, INVALID_CURSOR, CURSOR_EXPIRED, or what `recheck` throws. */
  async *follow(ctx: Context, options: FollowOptions): AsyncGenerator<StoredEvent, void, undefined> {
    const { streamId, signal, filter = () => true } = options;
    using news = new NewsBell(this.#hints, streamId, signal);
    let position = await this.#start(ctx, options);
    let caller = ctx;
    while (!signal.aborted) {
      news.reset();
      if (options.recheck !== undefined) caller = await options.recheck();
      const batch = await this.#read(caller, {
        streamId,
        after: position,
        limit: BATCH_SIZE,
        ...(options.topics !== undefined && { topics: options.topics }),
      });
      yield* batch.events.filter((event) => concerns(caller, event) && filter(event));
      position = batch.position;
      if (batch.events.length < BATCH_SIZE) await news.rung();
    }
  }

  /**
   * Many followers stand at one place and are woken by one hint: those that ask in the same turn of the event loop, with the same rights, share an
   * answer. Nobody shares one that was asked for before.
   */
  #read(ctx: Context, query: EventQuery): Promise<EventBatch> {
    const key = JSON.stringify([ctx.requireScope(), query]);
    const shared = this.#gathering.get(key);
    if (shared !== undefined) return shared;
    const batch = nextTurn().then(() => {
      this.#gathering.delete(key);
      return this.#log.read(ctx, query);
    });
    this.#gathering.set(key, batch);
    return batch;
  }

  async #start(ctx: Context, { streamId, after }: FollowOptions): Promise<EventCursor> {
    const { latest } = await this.#log.bounds(ctx, streamId);
    // The first event of a stream is the creation of its owner.
    if (latest.seq === 0) throw kernelErrors.NOT_FOUND();
    return after ?? latest;
  }
}

/** A device's own token follows that device alone, whatever else its subaccount's stream tells. */
function concerns({ scope }: Context, { payload }: StoredEvent): boolean {
  return scope?.deviceId === undefined || payload['deviceId'] === scope.deviceId;
}

/** Rings at every hint about a topic, also at one that came before anybody waited, and when `signal` is aborted. */
class NewsBell implements Disposable {
  readonly #unsubscribe: () => void;
  readonly #signal: AbortSignal;
  #hasRung = false;
  #wake: () => void = () => undefined;

  constructor(hints: Hints, topic: string, signal: AbortSignal) {
    this.#unsubscribe = hints.subscribe(topic, this.#ring);
    this.#signal = signal;
    signal.addEventListener('abort', this.#ring, { once: true });
  }

  reset(): void {
    this.#hasRung = this.#signal.aborted;
  }

  async rung(): Promise<void> {
    while (!this.#hasRung) await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  [Symbol.dispose](): void {
    this.#unsubscribe();
    this.#signal.removeEventListener('abort', this.#ring);
  }

  readonly #ring = (): void => {
    this.#hasRung = true;
    this.#wake();
  };
}
