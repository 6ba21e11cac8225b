import { randomUUID } from 'node:crypto';
import type { Logger } from '../logging/logger.js';
import { throttledWarn } from '../logging/throttled-log.js';
import type { Broker, BullRelay } from '../queue/broker.js';

const CHANNEL = 'hints';
const SIGNALS = 'signals';
/** What a message goes through on its way out is told together, and after it. */
const COALESCE_MS = 50;
/** Between two messages to the other processes while there is news all the time: each costs the store more than the news itself. */
const SPACING_MS = 100;
/** And so many times as long as the last one took: with a store that is short of time, the hints of a fleet would take what is left of it. */
const SPACING_PER_SENDING = 5;
const POLL_MS = 2_000;
const MAX_TOPICS_PER_MESSAGE = 1_000;

/** "Look again": there is no payload, the listener reads what is new from the database. */
export type HintListener = () => void;

/** What is worth nothing a moment later, such as that somebody types. */
export type SignalListener = (data: unknown) => void;

interface SignalMessage {
  readonly from: string;
  readonly topic: string;
  readonly data: unknown;
}

interface Topic {
  readonly listeners: Set<HintListener>;
  readonly poll: NodeJS.Timeout;
}

interface HintMessage {
  readonly from: string;
  readonly topics: readonly string[];
}

/**
 * Tells listeners in all processes that something about a topic may have changed: a stream of the event log, or
 * `pairing:<device id>`, `revoked:<token id>` and the like. Nothing is stored or queued for a listener, so one that
 * is slow costs nothing. A hint may come twice, or for nothing, or be lost; every listener is also called each two
 * seconds without a hint, so a lost one only delays.
 *
 * A process has a single relay subscription; topics are told apart here.
 */
export class Hints {
  readonly #broker: Broker;
  readonly #relay: BullRelay;
  readonly #id = randomUUID();
  readonly #pollMs: number;
  readonly #warn: (error: Error, message: string) => void;
  readonly #topics = new Map<string, Topic>();
  readonly #signalListeners = new Map<string, Set<SignalListener>>();
  readonly #unsent = new Set<string>();
  #flush: NodeJS.Timeout | null = null;
  #sending: Promise<void> = Promise.resolve();
  #sentAtMs = -Infinity;
  #spacingMs = SPACING_MS;

  private constructor(broker: Broker, logger: Logger, pollMs: number) {
    this.#broker = broker;
    this.#relay = broker.relay('trunkline');
    this.#pollMs = pollMs;
    this.#warn = throttledWarn(logger);
  }

  static async open(
    broker: Broker,
    logger: Logger,
    options: { readonly pollMs?: number } = {},
  ): Promise<Hints> {
    const hints = new Hints(broker, logger, options.pollMs ?? POLL_MS);
    const relay = hints.#relay;
    relay.on('error', (error) => hints.#warn(error, 'hint relay'));
    // The relay was away and missed messages.
    relay.on('recovered', () => hints.#callAll());
    await relay.waitUntilReady();
    await relay.subscribe<HintMessage>(CHANNEL, ({ data }) => hints.#receive(data));
    await relay.subscribe<SignalMessage>(SIGNALS, ({ data }) => {
      if (data.from !== hints.#id) hints.#deliver(data);
    });
    return hints;
  }

  /** Call it after the commit. Many calls within some milliseconds become one message to the other processes. */
  publish(topic: string): void {
    this.#call(topic);
    this.#unsent.add(topic);
    this.#flush ??= setTimeout(
      () => {
        this.#flush = null;
        this.#sentAtMs = performance.now();
        this.#sending = this.#send();
      },
      Math.max(COALESCE_MS, this.#sentAtMs + this.#spacingMs - performance.now()),
    );
  }

  /** Returns what ends the subscription. The listener is not called before the next hint or poll. */
  subscribe(topic: string, listener: HintListener): () => void {
    const known = this.#topics.get(topic) ?? this.#addTopic(topic);
    // A function of its own, so that the same listener can be given twice.
    const own: HintListener = () => listener();
    known.listeners.add(own);
    return () => {
      known.listeners.delete(own);
      if (known.listeners.size > 0 || this.#topics.get(topic) !== known) return;
      clearInterval(known.poll);
      this.#topics.delete(topic);
    };
  }

  /** Tells whoever listens this moment, in any process. Unlike a hint it says something, and one that is lost is not made good. */
  signal(topic: string, data: unknown): void {
    const message: SignalMessage = { from: this.#id, topic, data };
    this.#deliver(message);
    if (!this.#broker.isReady) return;
    this.#relay.publish(SIGNALS, message).catch((error: unknown) => {
      this.#warn(error instanceof Error ? error : new Error(String(error)), 'a signal was lost');
    });
  }

  /** Returns what ends the subscription. */
  onSignal(topic: string, listener: SignalListener): () => void {
    const listeners = this.#signalListeners.get(topic) ?? new Set();
    this.#signalListeners.set(topic, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#signalListeners.delete(topic);
    };
  }

  async close(): Promise<void> {
    if (this.#flush !== null) clearTimeout(this.#flush);
    for (const { poll } of this.#topics.values()) clearInterval(poll);
    this.#topics.clear();
    const closing = this.#sending.then(() => this.#send()).then(() => this.#relay.close());
    // Without its store the relay closes only when the broker ends the connection, which comes after this.
    if (this.#broker.isReady) await closing;
  }

  #deliver({ topic, data }: SignalMessage): void {
    for (const listener of [...(this.#signalListeners.get(topic) ?? [])]) {
      try {
        listener(data);
      } catch (error) {
        this.#warn(error instanceof Error ? error : new Error(String(error)), 'signal listener');
      }
    }
  }

  #addTopic(name: string): Topic {
    const poll = setInterval(() => this.#call(name), this.#pollMs);
    const topic = { listeners: new Set<HintListener>(), poll };
    this.#topics.set(name, topic);
    return topic;
  }

  #receive(message: HintMessage): void {
    if (message.from === this.#id) return;
    for (const topic of message.topics) this.#call(topic);
  }

  #callAll(): void {
    for (const topic of this.#topics.keys()) this.#call(topic);
  }

  #call(name: string): void {
    const topic = this.#topics.get(name);
    if (topic === undefined) return;
    // Starts the pause anew: while hints come there is nothing to poll for.
    topic.poll.refresh();
    for (const listener of topic.listeners) {
      try {
        listener();
      } catch (error) {
        this.#warn(error instanceof Error ? error : new Error(String(error)), 'hint listener');
      }
    }
  }

  async #send(): Promise<void> {
    const topics = [...this.#unsent];
    this.#unsent.clear();
    if (!this.#broker.isReady) return;
    const startedAtMs = performance.now();
    try {
      for (let start = 0; start < topics.length; start += MAX_TOPICS_PER_MESSAGE) {
        const message: HintMessage = {
          from: this.#id,
          topics: topics.slice(start, start + MAX_TOPICS_PER_MESSAGE),
        };
        await this.#relay.publish(CHANNEL, message);
      }
    } catch (error) {
      this.#warn(error instanceof Error ? error : new Error(String(error)), 'hints were lost');
    } finally {
      const tookMs = performance.now() - startedAtMs;
      this.#spacingMs = Math.min(this.#pollMs, Math.max(SPACING_MS, SPACING_PER_SENDING * tookMs));
    }
  }
}
