import type { EntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import type { Clock } from '../../kernel/clock.js';
import type { Context } from '../../kernel/context.js';
import { parseInput } from '../../kernel/input.js';
import type { Database } from '../../platform/database/database.js';
import type { DeviceQuota, QuotaReader } from '../billing/index.js';
import { Device } from '../device/index.js';
import type { HandlingReader, ResponseTimes } from '../inbox/index.js';
import { NO_VOLUME, Overview } from './overview.js';
import type { Volume } from './overview.js';

const DAY_MS = 24 * 60 * 60_000;
const MAX_DAYS = 366;
const range = z.object({
  days: z.int().min(1, 'must be at least 1').max(MAX_DAYS, `must be at most ${MAX_DAYS}`),
});

/** Whose devices: of the whole agency as far as the caller sees it, or of these subaccounts. */
type Owners = { readonly agencyId: string } | { readonly subaccountIds: readonly string[] };

interface VolumeRow extends Volume {
  readonly subaccountId: string;
}

interface Figures {
  readonly devices: readonly Device[];
  readonly quotas: ReadonlyMap<string, DeviceQuota>;
  readonly volumes: readonly VolumeRow[];
  readonly now: Date;
}

export class OverviewReader {
  readonly #database: Database;
  readonly #quotas: QuotaReader;
  readonly #handlings: HandlingReader;
  readonly #clock: Clock;

  constructor(options: {
    readonly database: Database;
    readonly quotas: QuotaReader;
    readonly handlings: HandlingReader;
    readonly clock: Clock;
  }) {
    this.#database = options.database;
    this.#quotas = options.quotas;
    this.#handlings = options.handlings;
    this.#clock = options.clock;
  }

  /** In the order of `subaccountIds`. The volume is of the last `days`, today included. */
  async ofSubaccounts(ctx: Context, subaccountIds: readonly string[], days: number): Promise<Overview[]> {
    const { devices, quotas, volumes, now } = await this.#read(ctx, { subaccountIds }, days);
    const devicesOf = Map.groupBy(devices, ({ subaccountId }) => subaccountId);
    const volumeOf = new Map(volumes.map((row) => [row.subaccountId, row]));
    return subaccountIds.map(
      (id) =>
        new Overview({
          devices: devicesOf.get(id) ?? [],
          quotas,
          volume: volumeOf.get(id) ?? NO_VOLUME,
          now,
        }),
    );
  }

  /** Of all subaccounts that the caller sees, together. */
  async ofAgency(ctx: Context, agencyId: string, days: number): Promise<Overview> {
    const { devices, quotas, volumes, now } = await this.#read(ctx, { agencyId }, days);
    return new Overview({ devices, quotas, volume: volumes.reduce(add, NO_VOLUME), now });
  }

  /** Of people who wrote in the last `days`, each of 24 hours; in the order of `subaccountIds`. */
  responseTimesOf(
    ctx: Context,
    subaccountIds: readonly string[],
    days: number,
  ): Promise<readonly ResponseTimes[]> {
    return this.#handlings.summarize(ctx, subaccountIds, this.#lastDays(days));
  }

  /** The same of all subaccounts that the caller sees, together. */
  responseTimesOfAgency(ctx: Context, agencyId: string, days: number): Promise<ResponseTimes> {
    return this.#handlings.summarizeTogether(ctx, agencyId, this.#lastDays(days));
  }

  #lastDays(days: number): { readonly from: Date; readonly to: Date } {
    const to = this.#clock.now();
    return { from: new Date(to.getTime() - days * DAY_MS), to };
  }

  /** As many statements for a hundred subaccounts as for one. */
  async #read(ctx: Context, owners: Owners, days: number): Promise<Figures> {
    parseInput(range, { days }, 'overview');
    const now = this.#clock.now();
    const [devices, volumes] = await this.#database.read(ctx, async (em) => [
      await listDevices(em, owners),
      await sumVolumes(em, owners, days, now),
    ]);
    const quotas = devices.length === 0 ? [] : await this.#quotas.quotasOf(ctx, devices);
    const byDevice = new Map(quotas.map((quota, index) => [devices[index]?.id ?? '', quota]));
    return { devices, quotas: byDevice, volumes, now };
  }
}

function listDevices(em: EntityManager, owners: Owners): Promise<Device[]> {
  const owner =
    'agencyId' in owners
      ? { agencyId: owners.agencyId }
      : { subaccountId: { $in: [...owners.subaccountIds] } };
  return em.find(Device, { ...owner, deletedAt: null }, { orderBy: { id: 'asc' } });
}

/** Days are those of each subaccount's time zone, as usage counts them. */
function sumVolumes(em: EntityManager, owners: Owners, days: number, now: Date): Promise<VolumeRow[]> {
  const isOwned = 'agencyId' in owners ? 'u.agency_id = ?' : 'u.subaccount_id = any (?::uuid[])';
  const owner = 'agencyId' in owners ? owners.agencyId : `{${owners.subaccountIds.join(',')}}`;
  // The earliest day that it can be anywhere, for the index.
  const earliest = new Date(now.getTime() - (days + 1) * DAY_MS).toISOString().slice(0, 10);
  return em.execute<VolumeRow[]>(
    `select u.subaccount_id as "subaccountId", sum(u.accepted)::integer as accepted, sum(u.sent)::integer as sent,
            sum(u.delivered)::integer as delivered, sum(u.read)::integer as read, sum(u.failed)::integer as failed
     from usage_day u join subaccount s on s.id = u.subaccount_id
     where ${isOwned} and u.day >= ?::date
       and u.day > (?::timestamptz at time zone s.timezone)::date - ?::integer
     group by u.subaccount_id`,
    [owner, earliest, now.toISOString(), days],
  );
}

function add(one: Volume, other: Volume): Volume {
  return {
    accepted: one.accepted + other.accepted,
    sent: one.sent + other.sent,
    delivered: one.delivered + other.delivered,
    read: one.read + other.read,
    failed: one.failed + other.failed,
  };
}
