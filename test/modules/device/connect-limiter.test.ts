import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../src/kernel/clock.js';
import { ConnectLimiter } from '../../../src/modules/device/session/connect-limiter.js';
import { SingleFlight } from '../../../src/modules/device/session/single-flight.js';

/** Time that passes only by sleeping; says how long each sleep was. */
class RecordingClock implements Clock {
  readonly sleeps: number[] = [];
  #nowMs = 0;

  now(): Date {
    return new Date(this.#nowMs);
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.sleeps.push(ms);
  }

  advance(ms: number): void {
    this.#nowMs += ms;
  }
}

describe('connects of one process', () => {
  it('are spaced out in the order in which they were asked for', async () => {
    const clock = new RecordingClock();
    const limiter = new ConnectLimiter(clock, 20);
    const { signal } = new AbortController();
    await Promise.all([1, 2, 3, 4].map(() => limiter.turn(signal)));
    expect(clock.sleeps).toEqual([50, 100, 150]);
  });

  it('do not save up for a burst while nobody connects', async () => {
    const clock = new RecordingClock();
    const limiter = new ConnectLimiter(clock, 10);
    const { signal } = new AbortController();
    await limiter.turn(signal);
    clock.advance(60_000);
    await Promise.all([limiter.turn(signal), limiter.turn(signal)]);
    expect(clock.sleeps).toEqual([100]);
  });

  it('are not waited for by a process that stops', async () => {
    const limiter = new ConnectLimiter(new RecordingClock(), 1);
    await limiter.turn(new AbortController().signal);
    await expect(limiter.turn(AbortSignal.abort(new Error('stopping')))).rejects.toThrow('stopping');
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
