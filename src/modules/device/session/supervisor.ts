import type { Clock } from '../../../kernel/clock.js';
import { Context } from '../../../kernel/context.js';
import { asSystem } from '../../../kernel/system-context.js';
import type { Database } from '../../../platform/database/database.js';
import type { Logger } from '../../../platform/logging/logger.js';
import { wakeQueue } from '../../../platform/queue/job-contracts.js';
import type { JobName } from '../../../platform/queue/job-contracts.js';
import type { Consumer, Queues } from '../../../platform/queue/queues.js';
import type { WhatsApp } from '../../../whatsapp/index.js';
import type { DeviceKeys } from '../device.keys.js';
import type { Lease } from '../lease/lease-table.js';
import { ShardLeases } from '../lease/shard-leases.js';
import type { LeaseListener, LeaseTimes } from '../lease/shard-leases.js';
import { shardOf } from '../lease/shard.js';
import type { PairingJournal } from '../pairing/pairing-journal.js';
import { ConnectLimiter } from './connect-limiter.js';
import { DeviceKeeper } from './device-keeper.js';
import type { KeeperServices } from './device-keeper.js';
import { PairingRecorder } from './pairing-recorder.js';
import type { InboxWriter, SessionWork } from './ports.js';
import { SessionFactory } from './session-factory.js';
import { SessionPlanner } from './session-planner.js';
import { SessionRecorder } from './session-recorder.js';

interface SupervisorOptions {
  readonly database: Database;
  readonly queues: Queues;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly whatsapp: WhatsApp;
  readonly keys: DeviceKeys;
  readonly journal: PairingJournal;
  readonly inbox: InboxWriter;
  readonly work: SessionWork;
  /** Unique among running processes: owner of leases and name of the wake queue. */
  readonly nodeName: string;
  readonly roles: readonly string[];
  readonly connectsPerSecond: number;
  readonly leaseTimes: LeaseTimes;
  /** Default 5 s. */
  readonly sweepEveryMs?: number;
  /** [0, 1), for the jitter of reconnects; default Math.random. */
  readonly random?: () => number;
}

interface DeviceIds {
  readonly id: string;
  readonly agencyId: string;
  readonly subaccountId: string;
}

interface Kept {
  readonly ids: DeviceIds;
  readonly lease: Lease;
  readonly keeper: DeviceKeeper;
}

const DEFAULT_SWEEP_MS = 5_000;
const PAGE_SIZE = 500;
/** A wake-up only looks into a table in memory. */
const WAKE_CONCURRENCY = 16;
const SYSTEM = asSystem('devices of owned shards');

/**
 * Runs the sessions of the devices whose shards this process owns. It looks at a device when a wake-up names it, when the sweep finds it
 * due, and when its shard is gained; a wake-up that is lost only costs the time to the next sweep.
 */
export class Supervisor implements LeaseListener {
  readonly #options: SupervisorOptions;
  readonly #leases: ShardLeases;
  readonly #services: KeeperServices;
  readonly #kept = new Map<string, Kept>();
  readonly #stopping = new AbortController();
  #consumer: Consumer | null = null;
  #sweeping: Promise<void> = Promise.resolve();

  constructor(options: SupervisorOptions) {
    this.#options = options;
    const { database, clock, journal, keys, whatsapp, inbox, work, nodeName, roles } = options;
    const logger = options.logger.child({ component: 'sessions' });
    const recorder = new SessionRecorder({ database, journal, clock, random: options.random ?? Math.random });
    const pairings = new PairingRecorder({ recorder, journal, keys });
    this.#leases = new ShardLeases({
      database,
      clock,
      logger,
      owner: nodeName,
      roles,
      times: options.leaseTimes,
    });
    this.#services = {
      planner: new SessionPlanner({ database, recorder, journal, clock }),
      recorder,
      sessions: new SessionFactory({
        database,
        whatsapp,
        keys,
        inbox,
        work,
        recorder,
        pairings,
        clock,
        logger,
      }),
      limiter: new ConnectLimiter(clock, options.connectsPerSecond),
      clock,
      logger,
    };
  }

  /** How many shards this process owns and how many devices it looks after. */
  get size(): { readonly shards: number; readonly devices: number } {
    return { shards: this.#leases.ownedShards().length, devices: this.#kept.size };
  }

  ownedShards(): readonly number[] {
    return this.#leases.ownedShards();
  }

  start(): void {
    const { queues, nodeName } = this.#options;
    this.#leases.start(this);
    this.#consumer = queues.consume(
      wakeQueue(nodeName),
      async ({ name, data: { deviceId: id, agencyId, subaccountId } }) => {
        this.wake({ id, agencyId, subaccountId }, name);
      },
      { concurrency: WAKE_CONCURRENCY },
    );
    this.#sweeping = this.#sweepLoop();
  }

  /** Closes every session without logging out, then gives the shards back. Resolves when others may go on. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#consumer?.close();
    await this.#sweeping;
    await this.#end([...this.#kept.keys()], (keeper) => keeper.stop());
    await this.#leases.stop();
  }

  /** Looks at a device, if its shard is this process's; returns whether it is. */
  wake(device: DeviceIds, job: JobName<'wake'> = 'device.reconcile'): boolean {
    const keeper = this.#keeperOf(device, false);
    if (keeper === null) return false;
    if (job === 'device.drain') keeper.wakeWork();
    else if (job === 'device.apply_inbox') keeper.wakeInbox();
    else if (job === 'device.tell_reads') keeper.wakeReads();
    else if (job === 'device.download') keeper.wakeDownloads();
    else keeper.wake();
    return true;
  }

  onGained(leases: readonly Lease[]): void {
    const { logger } = this.#services;
    this.#adopt(leases.map(({ shard }) => shard)).catch((err: unknown) => {
      logger.warn({ err }, 'devices of new shards could not be listed; the sweep tries again');
    });
  }

  onLost(shards: readonly number[]): void {
    void this.#end(this.#idsOf(shards), (keeper) => keeper.drop());
  }

  onReleasing(shards: readonly number[]): Promise<void> {
    return this.#end(this.#idsOf(shards), (keeper) => keeper.stop());
  }

  #keeperOf(ids: DeviceIds, adopting: boolean): DeviceKeeper | null {
    const known = this.#kept.get(ids.id);
    if (known !== undefined) return known.keeper;
    const shard = shardOf(ids.id);
    const lease = this.#leases.find(shard);
    if (lease === null || this.#stopping.signal.aborted) return null;
    const { id, agencyId, subaccountId } = ids;
    const owned = {
      device: { id, agencyId, subaccountId, shard },
      ctx: Context.forDevice({ id, agencyId, subaccountId }),
      epoch: lease.epoch,
      assertOwned: (tx: Parameters<ShardLeases['assertOwned']>[0]) => this.#leases.assertOwned(tx, lease),
    };
    const fenced = (): void => void this.#end([id], (ended) => ended.drop());
    const keeper = new DeviceKeeper(owned, this.#services, { adopting, onFenced: fenced });
    this.#kept.set(id, { ids, lease, keeper });
    return keeper;
  }

  #idsOf(shards: readonly number[]): string[] {
    const wanted = new Set(shards);
    return [...this.#kept].filter(([, { lease }]) => wanted.has(lease.shard)).map(([id]) => id);
  }

  async #end(ids: readonly string[], how: (keeper: DeviceKeeper) => Promise<void>): Promise<void> {
    const ending = ids.map(async (id) => {
      const kept = this.#kept.get(id);
      if (kept === undefined) return;
      try {
        await how(kept.keeper);
      } catch (err) {
        this.#services.logger.warn({ err, deviceId: id }, 'a session did not end well');
      } finally {
        // A shard that is lost twice in a row ends its keeper twice: by the second end there may be a new one.
        if (this.#kept.get(id) === kept) {
          this.#kept.delete(id);
          this.#regain(kept);
        }
      }
    });
    await Promise.all(ending);
  }

  /** The shard may have come back while the session of its last lease was still being closed. What is missed here the sweep finds. */
  #regain({ ids, lease }: Kept): void {
    const current = this.#leases.find(lease.shard);
    if (current !== null && current.epoch !== lease.epoch) this.#keeperOf(ids, true)?.wake();
  }

  /** Connects what the shards hold, unless it is looked after already. */
  async #adopt(shards: readonly number[]): Promise<void> {
    const { database } = this.#options;
    await this.#forEach(
      (after) => database.callFunction(SYSTEM, 'list_devices_to_adopt', [shards, after, PAGE_SIZE]),
      (device) => {
        const keeper = this.#keeperOf(device, true);
        if (keeper?.isIdle === true) keeper.wake();
      },
    );
  }

  async #sweepLoop(): Promise<void> {
    const { clock, logger } = this.#services;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#sweep().catch((err: unknown) => logger.warn({ err }, 'the sweep failed'));
      await clock.sleep(this.#sweepEveryMs, signal).catch(() => undefined);
    }
  }

  /**
   * What the tables say against what runs here. A lease may not be trusted for a moment when a device's turn to be adopted comes, or a wake-up be lost:
   * whatever nobody told this process it finds here.
   */
  async #sweep(): Promise<void> {
    const shards = this.#leases.ownedShards();
    if (shards.length === 0) return;
    await this.#adopt(shards);
    const { database } = this.#options;
    const now = this.#services.clock.now();
    const due = await database.callFunction(SYSTEM, 'list_devices_to_wake', [shards, now, PAGE_SIZE]);
    for (const device of due) this.wake(device, 'device.reconcile');
    const withMessages = (after: string | null) =>
      database.callFunction(SYSTEM, 'list_devices_with_due_messages', [shards, now, after, PAGE_SIZE]);
    await this.#forEach(withMessages, (device) => this.wake(device, 'device.drain'));
  }

  /** Page by page, in the order of their ids. */
  async #forEach(
    list: (after: string | null) => Promise<readonly DeviceIds[]>,
    look: (device: DeviceIds) => void,
  ): Promise<void> {
    let after: string | null = null;
    do {
      const page: readonly DeviceIds[] = await list(after);
      for (const device of page) look(device);
      after = page.length < PAGE_SIZE ? null : (page.at(-1)?.id ?? null);
    } while (after !== null && !this.#stopping.signal.aborted);
  }

  get #sweepEveryMs(): number {
    return this.#options.sweepEveryMs ?? DEFAULT_SWEEP_MS;
  }
}
