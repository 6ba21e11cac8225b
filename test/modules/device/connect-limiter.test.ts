import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../src/kernel/clock.js';
import { ConnectLimiter, type Connected } from '../../../src/modules/device/session/connect-limiter.js';
import { SingleFlight } from '../../../src/modules/device/session/single-flight.js';

/** Time that passes only when the test says so. */
class ManualClock implements Clock {
  readonly sleeps: number[] = [];
  #nowMs = 0;
  #sleepers: { readonly untilMs: number; readonly wake: () => void }[] = [];

  now(): Date {
    return new Date(this.#nowMs);
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (ms !== HOLDS_MS) this.sleeps.push(ms);
    return new Promise((resolve, reject) => {
      this.#sleepers.push({ untilMs: this.#nowMs + ms, wake: resolve });
      signal?.addEventListener('abort', () => reject(new Error('aborted')));
    });
  }

  async advance(ms: number): Promise<void> {
    await nextTurn();
    this.#nowMs += ms;
    for (const { untilMs, wake } of this.#sleepers) if (untilMs <= this.#nowMs) wake();
    this.#sleepers = this.#sleepers.filter(({ untilMs }) => untilMs > this.#nowMs);
    await nextTurn();
  }
}

const AT_ONCE = 8;
const HOLDS_MS = 5_000;
const FAST = 1_000_000;
const never = new AbortController().signal;

/** Asks for so many turns; what is granted comes into the list. */
function ask(limiter: ConnectLimiter, count: number): Connected[] {
  const granted: Connected[] = [];
  for (let number = 0; number < count; number += 1)
    void limiter.turn(never).then((each) => granted.push(each));
  return granted;
}

describe('connects of one process', () => {
  it('are spaced out in the order in which they were asked for', async () => {
    const clock = new ManualClock();
    const granted = ask(new ConnectLimiter(clock, 20), 4);
    await clock.advance(0);
    expect(clock.sleeps).toEqual([50, 100, 150]);
    await clock.advance(100);
    expect(granted).toHaveLength(3);
  });

  it('do not save up for a burst while nobody connects', async () => {
    const clock = new ManualClock();
    const limiter = new ConnectLimiter(clock, 10);
    await limiter.turn(never);
    await clock.advance(60_000);
    ask(limiter, 2);
    await clock.advance(0);
    expect(clock.sleeps).toEqual([100]);
  });

  it('wait for those that connect already, when these are many', async () => {
    const clock = new ManualClock();
    const granted = ask(new ConnectLimiter(clock, FAST), AT_ONCE + 2);
    await clock.advance(1);
    expect(granted).toHaveLength(AT_ONCE);
    granted[3]?.();
    await clock.advance(1);
    await clock.advance(1);
    expect(granted).toHaveLength(AT_ONCE + 1);
  });

  it('do not wait long for one that gets nowhere', async () => {
    const clock = new ManualClock();
    const granted = ask(new ConnectLimiter(clock, FAST), AT_ONCE + 2);
    await clock.advance(1);
    await clock.advance(HOLDS_MS);
    await clock.advance(1);
    expect(granted).toHaveLength(AT_ONCE + 2);
  });

  it('are not waited for by a process that stops', async () => {
    const clock = new ManualClock();
    const limiter = new ConnectLimiter(clock, FAST);
    await expect(limiter.turn(AbortSignal.abort(new Error('stopping')))).rejects.toThrow('stopping');
    const granted = ask(limiter, AT_ONCE);
    const stopping = new AbortController();
    const waiting = limiter.turn(stopping.signal);
    await clock.advance(1);
    stopping.abort(new Error('stopping now'));
    await expect(waiting).rejects.toThrow('stopping now');
    // Its place is not lost.
    for (const connected of granted) connected();
    const later = ask(limiter, 1);
    await clock.advance(1);
    expect(later).toHaveLength(1);
  });
});

describe('work that runs once at a time', () => {
  it('runs exactly once more however often it is asked for meanwhile', async () => {
    let runs = 0;
    let atOnce = 0;
    const gate = Promise.withResolvers<undefined>();
    const flight = new SingleFlight(async () => {
      runs += 1;
      atOnce += 1;
      expect(atOnce).toBe(1);
      await gate.promise;
      atOnce -= 1;
    });
    flight.request();
    flight.request();
    await Promise.resolve();
    await Promise.resolve();
    for (let i = 0; i < 5; i += 1) flight.request();
    gate.resolve(undefined);
    await flight.idle();
    expect(runs).toBe(2);
    flight.request();
    await flight.idle();
    expect(runs).toBe(3);
  });
});
