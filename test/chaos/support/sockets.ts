import { setTimeout as sleep } from 'node:timers/promises';
import type { Ledger } from '../../../src/simulator/index.js';
import type { Check } from './verdict.js';

const LOOK_EVERY_MS = 50;

/** Sockets that are logged in at this moment, as WhatsApp sees it. */
export function openSockets(ledger: Ledger): number {
  return ledger.connections().filter(({ closedAt }) => closedAt === undefined).length;
}

/** Milliseconds until so many sockets are logged in; null: not before the limit. */
export async function untilOpen(ledger: Ledger, count: number, limitMs: number): Promise<number | null> {
  const startedAt = performance.now();
  while (performance.now() - startedAt < limitMs) {
    if (openSockets(ledger) >= count) return Math.round(performance.now() - startedAt);
    await sleep(LOOK_EVERY_MS);
  }
  return null;
}

/** By the witness of WhatsApp: no device logged in while an earlier socket of its own was alive. */
export function liveOnce(ledger: Ledger): Check {
  const doubles = ledger.doubleConnections();
  return {
    promise: 'no device was live twice',
    found: `${doubles.length} times in ${ledger.connections().length} logins`,
    kept: doubles.length === 0,
    examples: doubles.slice(0, 5).map(({ accountNumber }) => accountNumber),
  };
}

/** A duration and its limit. */
export function inTime(promise: string, tookMs: number | null, limitMs: number): Check {
  const found = tookMs === null ? 'never' : `${(tookMs / 1_000).toFixed(1)} s`;
  return { promise, found, kept: tookMs !== null && tookMs <= limitMs, examples: [] };
}
