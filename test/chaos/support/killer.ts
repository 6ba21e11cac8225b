import { setTimeout as sleep } from 'node:timers/promises';
import type { Draw } from './draw.js';
import type { Fleet } from './fleet.js';

/** Of so many kills one takes the machine along. */
const MACHINE_EVERY = 8;

/** Kills one process after another, each chosen by the seed, until told to stop; `beforeKill` may look around. */
export async function killAtRandom(
  fleet: Fleet,
  options: {
    readonly draw: Draw;
    readonly everyMs: number;
    readonly victims: 'sessions' | 'all';
    readonly signal: AbortSignal;
    readonly beforeKill: () => void;
  },
): Promise<void> {
  const { draw, everyMs, victims, signal, beforeKill } = options;
  const names = fleet.names(victims);
  for (;;) {
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const victim = names[draw.below(names.length)];
    const on = draw.below(MACHINE_EVERY) === 0 ? 'NEW_MACHINE' : 'SAME_MACHINE';
    beforeKill();
    if (victim !== undefined) await fleet.killAndRestart(victim, on);
  }
}
