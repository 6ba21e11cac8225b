import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../../kernel/clock.js';
import type { LiveSession } from '../../device/index.js';
import type { ClaimedMessage } from './claimed-message.js';
import type { Claim } from './claims.js';
import type { MessageSender } from './message-sender.js';
import type { Outbox } from './outbox.js';
import type { Hold } from './pacing/pace.js';
import { PriorityTurns } from './priority-turns.js';

/** Longer pauses are left to the sweeper. */
const MAX_PAUSE_MS = 10_000;

export interface DrainOptions {
  readonly outbox: Outbox;
  readonly sender: MessageSender;
  readonly clock: Clock;
}

/** Sends the due messages of one open session: some at a time, each to somebody else. */
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
      if (this.#mayGoOn()) await this.#options.sender.sharing(() => this.#sendDue());
    } catch (error) {
      // What was in hand stays SENDING.
      this.#unsettled = true;
      throw error;
    }
  }

  async #sendDue(): Promise<void> {
    const { outbox } = this.#options;
    outbox.readRulesAnew(this.#live);
    if (this.#unsettled) await outbox.releaseAbandoned(this.#live);
    this.#unsettled = false;
    let claim = await this.#claim();
    while (claim !== null) {
      // The process does other things in between.
      await setImmediate();
      claim = await this.#take(claim);
    }
  }

  /** As many as go before it is a lower priority's turn, and as this drain's share. */
  get #next(): { readonly turns: readonly number[]; readonly atMost: number } {
    const { next: turns, room } = this.#turns;
    return { turns, atMost: Math.min(room, this.#options.sender.share) };
  }

  async #claim(): Promise<Claim> {
    return this.#mayGoOn() ? this.#options.outbox.claim(this.#live, this.#next) : null;
  }

  /** Deals with a claim and makes the next one. */
  async #take(claim: Exclude<Claim, null>): Promise<Claim> {
    if (claim === 'ENDED') return this.#claim();
    if (claim === 'SUSPECT') {
      await this.#sendAlone();
      return this.#claim();
    }
    if ('until' in claim) return (await this.#pause(claim)) ? this.#claim() : null;
    return this.#sendAll(claim.messages);
  }

  /** Sends them beside each other, and settles together what was acknowledged. What is claimed must be sent: whoever has to end claims nothing more. */
  async #sendAll(messages: readonly ClaimedMessage[]): Promise<Claim> {
    const { outbox, sender } = this.#options;
    for (const { message } of messages) this.#turns.took(message.priority);
    const tries = messages.map(async (claimed) => {
      const result = await sender.send(this.#live, claimed, this.#stop.signal);
      if (result.kind === 'ACKED') return { claimed, result };
      await outbox.settle(this.#live, claimed, result);
      return null;
    });
    const ended = await Promise.allSettled(tries);
    const acked = ended.flatMap((each) => (each.status === 'fulfilled' ? (each.value ?? []) : []));
    const failed = ended.find((each) => each.status === 'rejected');
    if (acked.length > 0 && failed === undefined && this.#mayGoOn()) {
      return outbox.settleAndClaim(this.#live, acked, this.#next);
    }
    if (acked.length > 0) await outbox.settleAcked(this.#live, acked);
    if (failed !== undefined) throw failed.reason;
    return this.#claim();
  }

  /** What may have ended a process has this one to itself: if that ends as well, no other message is blamed. */
  async #sendAlone(): Promise<void> {
    const { outbox, sender } = this.#options;
    await sender.alone(async (send) => {
      const claim = await outbox.claim(this.#live, { turns: this.#turns.next, alone: true });
      if (claim === null || typeof claim === 'string' || 'until' in claim) return;
      for (const claimed of claim.messages) {
        this.#turns.took(claimed.message.priority);
        await outbox.settle(this.#live, claimed, await send(this.#live, claimed));
      }
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

  #mayGoOn(): boolean {
    return !this.#stop.signal.aborted && !this.#live.signal.aborted && this.#live.session.isOpen;
  }
}
