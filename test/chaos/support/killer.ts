import { setTimeout as sleep } from 'node:timers/promises';
import type { Draw } from './draw.js';
import type { Fleet } from './fleet.js';

/** Kills one process after another, each chosen by the seed, until told to stop. */
export async function killAtRandom(
  fleet: Fleet,
  options: {
    readonly draw: Draw;
    readonly everyMs: number;
    readonly victims: 'sessions' | 'all';
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { draw, everyMs, victims, signal } = options;
  const names = fleet.names(victims);
  for (;;) {
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const victim = names[draw.below(names.length)];
    if (victim !== undefined) await fleet.killAndRestart(victim);
  }
}
