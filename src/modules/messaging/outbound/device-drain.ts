import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../../kernel/clock.js';
import type { LiveSession } from '../../device/index.js';
import type { Claim } from './claims.js';
import type { MessageSender } from './message-sender.js';
import type { Outbox } from './outbox.js';
import type { Hold } from './pacing/pace.js';
import { PriorityTurns } from './priority-turns.js';

/** A turn ends after so many messages or so much time, whichever is first; then the process does other things before the next one. */
const TURN_MESSAGES = 10;
const TURN_MS = 30_000;
/** Longer pauses are left to the sweeper. */
const MAX_PAUSE_MS = 10_000;

export interface DrainOptions {
  readonly outbox: Outbox;
  readonly sender: MessageSender;
  readonly clock: Clock;
}

/** Sends the due messages of one open session, one at a time, in turns. */
export class DeviceDrain {
  readonly #options: DrainOptions;
  readonly #live: LiveSession;
  /** Whether messages may stand as SENDING that nobody here has in hand. */
  #unsettled = false;
  readonly #stop = new AbortController();
  readonly #turns = new PriorityTurns();

  constructor(live: LiveSession, options: DrainOptions) {
    this.#live = live;
    this.#options = options;
  }

  /** What an earlier session claimed and never settled is taken back by the next run. */
  recover(): void {
    this.#unsettled = true;
  }

  /** Claims nothing more. */
  stop(): void {
    this.#stop.abort();
  }

  /** Sends until nothing is due, the session ends, or the drain is stopped. Not to be called again while it runs. */
  async run(): Promise<void> {
    try {
      if (!this.#mayGoOn()) return;
      await this.#release();
      while (await this.#turn()) await setImmediate();
    } catch (error) {
      // What was in hand stays SENDING.
      this.#unsettled = true;
      throw error;
    }
  }

  /** Returns whether there may be more. */
  async #turn(): Promise<boolean> {
    const { clock } = this.#options;
    const endsAtMs = clock.monotonicMs() + TURN_MS;
    let claim = await this.#claim();
    for (let taken = 1; claim !== null; taken += 1) {
      const isLast = taken === TURN_MESSAGES || clock.monotonicMs() >= endsAtMs;
      const next = await this.#take(claim, isLast);
      if (next === undefined && isLast) return true;
      claim = next === undefined ? await this.#claim() : next;
    }
    return false;
  }

  async #claim(): Promise<Claim> {
    return this.#mayGoOn() ? this.#options.outbox.claim(this.#live, this.#turns.next) : null;
  }

  /** Returns the next claim, or undefined where none was made yet. */
  async #take(claim: Exclude<Claim, null>, isLast: boolean): Promise<Claim | undefined> {
    if (claim === 'ENDED') return undefined;
    if (claim === 'SUSPECT') return this.#sendAlone();
    if ('until' in claim) return (await this.#pause(claim)) ? undefined : null;
    const { outbox, sender } = this.#options;
    this.#turns.took(claim.message.priority);
    const result = await sender.send(this.#live, claim, this.#stop.signal);
    // What is claimed must be sent: whoever has to end claims nothing more.
    if (result.kind === 'ACKED' && !isLast && this.#mayGoOn()) {
      return outbox.settleAndClaim(this.#live, claim, result, this.#turns.next);
    }
    await outbox.settle(this.#live, claim, result);
    return undefined;
  }

  /** What may have ended a process has this one to itself: if that ends as well, no other message is blamed. */
  async #sendAlone(): Promise<undefined> {
    const { outbox, sender } = this.#options;
    await sender.alone(async (send) => {
      const claimed = await outbox.claim(this.#live, this.#turns.next, true);
      if (claimed === null || typeof claimed === 'string' || 'until' in claimed) return;
      this.#turns.took(claimed.message.priority);
      await outbox.settle(this.#live, claimed, await send(this.#live, claimed));
    });
  }

  /** Waits until something may leave again. False when that takes too long to wait for it here. */
  async #pause({ until }: Hold): Promise<boolean> {
    const { clock } = this.#options;
    const pauseMs = until.getTime() - clock.now().getTime();
    if (pauseMs > MAX_PAUSE_MS) return false;
    const interrupted = AbortSignal.any([this.#live.signal, this.#stop.signal]);
    await clock.sleep(Math.max(0, pauseMs), interrupted).catch(() => undefined);
    return true;
  }

  async #release(): Promise<void> {
    if (!this.#unsettled) return;
    await this.#options.outbox.releaseAbandoned(this.#live);
    this.#unsettled = false;
  }

  #mayGoOn(): boolean {
    return !this.#stop.signal.aborted && !this.#live.signal.aborted && this.#live.session.isOpen;
  }
}
