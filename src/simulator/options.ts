import type { KeyPair } from './crypto/key-pair.js';

export interface ReceiptDelays {
  /** After the server took the message; below ~150 ms stock Baileys folds the receipt into the upsert. */
  readonly deliveredAfterMs: number;
  /** After the server took the message; null: phones never read unless told to. */
  readonly readAfterMs: number | null;
}

export interface SimulatorOptions {
  /** 0 (default): any free port. */
  readonly port?: number;
  /** Only loopback addresses make sense; default 127.0.0.1. */
  readonly host?: string;
  /** Same seed, same numbers, LIDs and keys of accounts. Default `trunkline`. */
  readonly seed?: string;
  readonly receipts?: Partial<ReceiptDelays>;
  /**
   * true (default): clients are told that the server has pre-keys enough, so they upload none and a pairing
   * costs milliseconds. false: as in real life, 812 keys on the first login.
   */
  readonly cheapPrekeys?: boolean;
  /** false: no first sync (keys, history, app state) after a pairing. Default true. */
  readonly firstSync?: boolean;
  /** Host that `media_conn` names to clients: the https server (default) or any other `host:port`. */
  readonly mediaHost?: string;
  /** A Noise root of the caller's; default: drawn from the seed. */
  readonly noiseRoot?: KeyPair;
}

export interface Settings {
  readonly port: number;
  readonly host: string;
  readonly seed: string;
  receipts: ReceiptDelays;
  readonly cheapPrekeys: boolean;
  readonly firstSync: boolean;
}

export function settingsFrom(options: SimulatorOptions): Settings {
  return {
    port: options.port ?? 0,
    host: options.host ?? '127.0.0.1',
    seed: options.seed ?? 'trunkline',
    receipts: { deliveredAfterMs: 300, readAfterMs: 700, ...options.receipts },
    cheapPrekeys: options.cheapPrekeys ?? true,
    firstSync: options.firstSync ?? true,
  };
}
