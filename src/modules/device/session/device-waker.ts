import type { Clock } from '../../../kernel/clock.js';
import { asSystem } from '../../../kernel/system-context.js';
import type { Database } from '../../../platform/database/database.js';
import type { JobName } from '../../../platform/queue/job-contracts.js';
import type { Queues } from '../../../platform/queue/queues.js';

const OWNERS_FRESH_FOR_MS = 2_000;
const SYSTEM = asSystem('owners of shards');

export interface WakeTarget {
  readonly id: string;
  readonly shard: number;
  readonly agencyId: string;
  readonly subaccountId: string;
}

/** Returns whether this process looks after the device. */
type LocalWake = (device: Omit<WakeTarget, 'shard'>, job: JobName<'wake'>) => boolean;

/**
 * Tells the process that owns a device that there is something to do; for use after a commit. A hint: it never throws, and one that is lost
 * or reaches a process that no longer owns the device is made good by the sweeper of the owner.
 */
export class DeviceWaker {
  readonly #database: Database;
  readonly #queues: Queues;
  readonly #clock: Clock;
  #here: LocalWake = () => false;
  #owners: { readonly readAtMs: number; readonly byShard: Promise<ReadonlyMap<number, string>> } | null =
    null;

  constructor(options: { database: Database; queues: Queues; clock: Clock }) {
    this.#database = options.database;
    this.#queues = options.queues;
    this.#clock = options.clock;
  }

  /** `delayMs`: at most a minute; later work is found by the sweeper. */
  wake(device: WakeTarget, job: JobName<'wake'> = 'device.reconcile', delayMs = 0): void {
    if (delayMs > 0 || !this.#here(device, job)) void this.#wake(device, job, delayMs);
  }

  /** Wake-ups for devices of this process go to `wake`, without a look at the leases and a queue between. */
  deliverHere(wake: LocalWake): void {
    this.#here = wake;
  }

  async #wake(device: WakeTarget, job: JobName<'wake'>, delayMs: number): Promise<void> {
    try {
      const owner = (await this.#ownersByShard()).get(device.shard);
      if (owner === undefined) return;
      const { agencyId, subaccountId, id: deviceId } = device;
      await this.#queues.wake(owner, job, { agencyId, subaccountId, deviceId }, delayMs);
    } catch {
      // The database does not answer; the sweeper will find the device when it does.
      this.#owners = null;
    }
  }

  #ownersByShard(): Promise<ReadonlyMap<number, string>> {
    const now = this.#clock.monotonicMs();
    if (this.#owners === null || now - this.#owners.readAtMs > OWNERS_FRESH_FOR_MS) {
      this.#owners = { readAtMs: now, byShard: this.#readOwners() };
    }
    return this.#owners.byShard;
  }

  async #readOwners(): Promise<ReadonlyMap<number, string>> {
    const rows = await this.#database.read(SYSTEM, (em) =>
      em.execute<{ shard: number; owner: string }[]>(
        'select shard, owner from shard_lease where owner is not null and expires_at > clock_timestamp()',
      ),
    );
    return new Map(rows.map(({ shard, owner }) => [shard, owner]));
  }
}
