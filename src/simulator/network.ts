import { randomBytes } from 'node:crypto';
import type { SeededRandom } from './crypto/seeded-random.js';
import type { Faults } from './faults/faults.js';
import type { Ledger } from './ledger/ledger.js';
import type { Settings } from './options.js';
import type { Directory } from './state/directory.js';
import type { Group } from './state/group.js';
import type { Timers } from './timers.js';

/** What every part of the server shares. */
export interface Network {
  readonly settings: Settings;
  readonly random: SeededRandom;
  readonly directory: Directory;
  readonly ledger: Ledger;
  readonly faults: Faults;
  readonly timers: Timers;
  readonly groups: Group[];
  /** `host:port` that `media_conn` names. */
  readonly mediaHost: () => string;
  /** Requests that nobody here can answer, for the curious; see `Simulator.unknownIqs`. */
  readonly unknownIqs: string[];
  /** Something went wrong inside the server: kept for the caller, never thrown across a connection. */
  readonly report: (problem: unknown) => void;
}

/** Ids of stanzas that the server makes; random so that two servers never share one. */
export function stanzaId(): string {
  return randomBytes(8).toString('hex').toUpperCase();
}
