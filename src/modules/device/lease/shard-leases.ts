import type { Clock } from '../../../kernel/clock.js';
import { asSystem } from '../../../kernel/system-context.js';
import type { Database } from '../../../platform/database/database.js';
import { withoutQueueing } from '../../../platform/database/live-pool.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import type { Logger } from '../../../platform/logging/logger.js';
import type { Lease } from './lease-table.js';
import { LeaseTable } from './lease-table.js';
import { ProcessRegistry } from './process-registry.js';
import { SHARD_COUNT } from './shard.js';

export interface LeaseTimes {
  readonly ttlMs: number;
  /** Default: a third of the TTL. */
  readonly renewEveryMs?: number;
  /** Without a renewal for this long this process takes its leases for lost. Default: two thirds of the TTL. */
  readonly fenceAfterMs?: number;
  /** How long others leave an expired lease alone. Default 2 s. */
  readonly takeoverMarginMs?: number;
}

export interface LeaseListener {
  /** This process owns them now. */
  onGained(leases: readonly Lease[]): void;
  /** Others may own them by now: write nothing more. */
  onLost(shards: readonly number[]): void;
  /** Resolves when nothing of these shards runs here any more; then they are given back. */
  onReleasing(shards: readonly number[]): Promise<void>;
}

const SYSTEM = asSystem('shard leases');
/**
 * A process that was too late for its leases takes so many back at first, and twice as many with each turn in time: to log all its devices
 * in at once is what would make it late again.
 */
const FIRST_STEP = 16;
const STEP_EVERY_MS = 1_000;

/**
 * Which shards this process owns. Leases end by the database's clock; whether this process may still trust its own is measured by the
 * monotonic clock from before the last renewal was sent, so a paused or partitioned process stops before anybody else starts.
 */
export class ShardLeases {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #table: LeaseTable;
  readonly #registry: ProcessRegistry;
  readonly #renewEveryMs: number;
  readonly #fenceAfterMs: number;
  readonly #held = new Map<number, Lease>();
  readonly #releasing = new Map<number, Promise<void>>();
  readonly #stopping = new AbortController();
  #renewedAtMs = 0;
  /** How many shards this process may take in one turn. */
  #step = SHARD_COUNT;
  #listener: LeaseListener | null = null;
  #loops: Promise<unknown> = Promise.resolve();

  constructor(options: {
    database: Database;
    clock: Clock;
    logger: Logger;
    owner: string;
    roles: readonly string[];
    times: LeaseTimes;
  }) {
    const { database, clock, logger, owner, roles, times } = options;
    this.#database = database;
    this.#clock = clock;
    this.#logger = logger.child({ component: 'leases' });
    this.#renewEveryMs = times.renewEveryMs ?? times.ttlMs / 3;
    this.#fenceAfterMs = times.fenceAfterMs ?? (times.ttlMs * 2) / 3;
    this.#table = new LeaseTable({ owner, ttlMs: times.ttlMs, marginMs: times.takeoverMarginMs ?? 2_000 });
    this.#registry = new ProcessRegistry(owner, roles);
  }

  start(listener: LeaseListener): void {
    this.#listener = listener;
    this.#loops = Promise.all([this.#renewLoop(), this.#fenceLoop()]);
  }

  /** The lease of a shard, or null when it is not ours, is being given back, or we cannot be sure of it. */
  find(shard: number): Lease | null {
    return this.#isTrusted() && !this.#releasing.has(shard) ? (this.#held.get(shard) ?? null) : null;
  }

  ownedShards(): number[] {
    return [...this.#held.keys()].filter((shard) => this.find(shard) !== null);
  }

  /** Throws SessionFencedError unless the lease still stands; holds it to the end of the transaction. Call it before any other lock. */
  assertOwned(tx: Transaction, lease: Lease): Promise<void> {
    return this.#table.assertEpoch(tx.em, lease);
  }

  /**
   * One turn of the loop: renewal, sign of life, and a step towards this process's fair share. Returns whether another turn is due at
   * once: what was given up while the renewal was on its way is this process's own still, and nobody else's for a while.
   */
  async tick(): Promise<boolean> {
    const sentAtMs = this.#clock.monotonicMs();
    const renewed = await withoutQueueing(() => this.#table.renew(this.#database, [...this.#held.keys()]));
    this.#renewedAtMs = sentAtMs;
    this.#dropAllBut(renewed);
    const isInTime = (this.#clock.monotonicMs() - sentAtMs) * 2 < this.#renewEveryMs;
    const { gained, target } = await withoutQueueing(() =>
      this.#database.write(SYSTEM, ({ em }) => this.#acquire(em, renewed)),
    );
    if (isInTime) this.#step = Math.min(SHARD_COUNT, this.#step * 2);
    for (const lease of gained) this.#held.set(lease.shard, lease);
    if (gained.length > 0) this.#listener?.onGained(gained);
    this.#giveBack(this.#held.size - this.#releasing.size - target);
    return renewed.some(({ shard }) => !this.#held.has(shard));
  }

  async #acquire(
    em: Transaction['em'],
    renewed: readonly Lease[],
  ): Promise<{ gained: Lease[]; target: number }> {
    // One that was silent for so long holds nothing any more, whether it lives or not.
    const live = await this.#registry.beat(em, this.#fenceAfterMs);
    const target = Math.ceil(SHARD_COUNT / live);
    const kept = renewed.filter(({ shard }) => this.#held.has(shard) && !this.#releasing.has(shard));
    const known = [...this.#held.keys(), ...this.#releasing.keys()];
    const missing = Math.min(target - kept.length, this.#step);
    return { gained: missing > 0 ? await this.#table.acquire(em, missing, known) : [], target };
  }

  /** Gives everything back. The sessions must be closed by now. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loops;
    await Promise.all(this.#releasing.values());
    const shards = [...this.#held.keys()];
    this.#held.clear();
    await this.#database.write(SYSTEM, async ({ em }) => {
      await this.#table.release(em, shards);
      await this.#registry.remove(em);
    });
  }

  #isTrusted(): boolean {
    return this.#clock.monotonicMs() - this.#renewedAtMs < this.#fenceAfterMs;
  }

  #dropAllBut(renewed: readonly Lease[]): void {
    const epochs = new Map(renewed.map((lease) => [lease.shard, lease.epoch]));
    this.#lose([...this.#held.values()].filter((lease) => epochs.get(lease.shard) !== lease.epoch));
  }

  #lose(leases: readonly Lease[]): void {
    if (leases.length === 0) return;
    const shards = leases.map((lease) => lease.shard);
    for (const shard of shards) this.#held.delete(shard);
    this.#step = FIRST_STEP;
    this.#logger.warn({ shards: shards.length }, 'leases were lost');
    this.#listener?.onLost(shards);
  }

  #giveBack(count: number): void {
    if (count <= 0) return;
    const shards = [...this.#held.keys()].filter((shard) => !this.#releasing.has(shard)).slice(0, count);
    const done = this.#release(shards).finally(() => {
      for (const shard of shards) this.#releasing.delete(shard);
    });
    for (const shard of shards) this.#releasing.set(shard, done);
  }

  async #release(shards: readonly number[]): Promise<void> {
    try {
      await this.#listener?.onReleasing(shards);
      for (const shard of shards) this.#held.delete(shard);
      await this.#database.write(SYSTEM, ({ em }) => this.#table.release(em, shards));
    } catch (err) {
      this.#logger.warn({ err }, 'leases could not be given back; they run out');
    }
  }

  async #renewLoop(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const wasWhole = this.#step === SHARD_COUNT;
      const again = await this.tick().catch((err: unknown) => {
        this.#logger.warn({ err }, 'leases could not be renewed');
        return false;
      });
      const isWhole = wasWhole && this.#step === SHARD_COUNT;
      const pauseMs = isWhole ? this.#renewEveryMs : Math.min(this.#renewEveryMs, STEP_EVERY_MS);
      if (!again) await this.#clock.sleep(pauseMs, signal).catch(() => undefined);
    }
  }

  /** Runs beside the renewals, because one that hangs must not keep it from noticing. */
  async #fenceLoop(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const leftMs = this.#renewedAtMs + this.#fenceAfterMs - this.#clock.monotonicMs();
      if (leftMs <= 0) this.#lose([...this.#held.values()]);
      await this.#clock.sleep(leftMs > 0 ? leftMs : this.#renewEveryMs, signal).catch(() => undefined);
    }
  }
}
