import type { EntityManager } from '@mikro-orm/postgresql';
import type { Clock } from '../../../kernel/clock.js';
import type { Context } from '../../../kernel/context.js';
import type { Database } from '../../../platform/database/database.js';
import { Subaccount } from '../../tenancy/index.js';
import { Package } from '../catalogue/package.entity.js';
import { QuotaGrant } from './quota-grant.entity.js';
import { nextQuotaPeriod, quotaPeriod } from './quota-period.js';
import { isLow } from './quota.policy.js';

/** Names a device and the package that it has. */
export interface PackagedDevice {
  readonly id: string;
  readonly subaccountId: string;
  readonly packageId: string;
}

/** What a device may do: by its package, or by a voucher. */
export interface DeviceFeatures {
  /** While a voucher holds, also when its messages are used up. */
  readonly webhooks: boolean;
  /** Of the message that it would send now. */
  readonly priority: boolean;
  /** Whether the message that it would send now carries the brand line. */
  readonly brandLine: boolean;
}

/** What vouchers gave. */
export interface ProQuota {
  readonly total: number;
  readonly used: number;
  readonly remaining: number;
  /** When the balance that pays now expires; null: there is none. */
  readonly expiresAt: Date | null;
  readonly grants: readonly QuotaGrant[];
}

export interface DeviceQuota {
  /** null: without limit. */
  readonly free: {
    readonly monthlyLimit: number | null;
    readonly used: number;
    readonly remaining: number | null;
    readonly resetsAt: Date | null;
  };
  readonly pro: ProQuota;
  /** Whether little is left in the pool that pays next. */
  readonly isLow: boolean;
}

/** Reads what devices may still send, as it is at this moment: a voucher lapses by time, a month begins by time. */
export class QuotaReader {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(options: { readonly database: Database; readonly clock: Clock }) {
    this.#database = options.database;
    this.#clock = options.clock;
  }

  /** In the order of `devices`. Four statements, however many. */
  async quotasOf(ctx: Context, devices: readonly PackagedDevice[]): Promise<DeviceQuota[]> {
    const now = this.#clock.now();
    return this.#database.read(ctx, async (em) => {
      const packages = await packagesOf(em, devices);
      const metered = devices.filter(({ packageId }) => packages.get(packageId)?.monthlyAllowance != null);
      const timezones = await timezonesOf(em, metered);
      const periodOf = (device: PackagedDevice) =>
        quotaPeriod(now, timezones.get(device.subaccountId) ?? 'UTC');
      const grants = await grantsOf(em, devices, { now, periods: [...new Set(metered.map(periodOf))] });
      return devices.map((device) => {
        const own = grants.get(device.id) ?? [];
        const limit = packages.get(device.packageId)?.monthlyAllowance ?? null;
        const month = own.find(({ period }) => period != null && period === periodOf(device));
        const resetsAt = nextQuotaPeriod(now, timezones.get(device.subaccountId) ?? 'UTC');
        const free = freeQuota(limit, month, resetsAt);
        const pro = proQuota(own.filter(({ pool }) => pool === 'PRO'));
        return { free, pro, isLow: isQuotaLow(free, pro) };
      });
    });
  }

  async quotaOf(ctx: Context, device: PackagedDevice): Promise<DeviceQuota> {
    const [quota] = await this.quotasOf(ctx, [device]);
    if (quota === undefined) throw new Error('a device has no quota');
    return quota;
  }

  /** What a device may do now. */
  async featuresOf(ctx: Context, device: Omit<PackagedDevice, 'subaccountId'>): Promise<DeviceFeatures> {
    return this.#database.read(ctx, (em) => findDeviceFeatures(em, device, this.#clock.now()));
  }
}

/** As {@link QuotaReader.featuresOf}, in a transaction that is open already. */
export async function findDeviceFeatures(
  em: EntityManager,
  { id: deviceId, packageId }: Omit<PackagedDevice, 'subaccountId'>,
  now: Date,
): Promise<DeviceFeatures> {
  const own = await em.findOneOrFail(Package, { id: packageId });
  const { webhooks, priority, brandLine } = own;
  if (webhooks && priority && !brandLine) return { webhooks, priority, brandLine };
  const vouchers = await em.find(QuotaGrant, { deviceId, pool: 'PRO', expiresAt: { $gt: now } });
  const pays = own.monthlyAllowance != null && vouchers.some(({ remaining }) => remaining > 0);
  return {
    webhooks: webhooks || vouchers.length > 0,
    priority: priority || pays,
    brandLine: brandLine && !pays,
  };
}

async function packagesOf(em: EntityManager, devices: readonly PackagedDevice[]) {
  const ids = [...new Set(devices.map(({ packageId }) => packageId))];
  const packages = await em.find(Package, { id: { $in: ids } });
  return new Map(packages.map((each) => [each.id, each]));
}

async function timezonesOf(
  em: EntityManager,
  devices: readonly PackagedDevice[],
): Promise<Map<string, string>> {
  const ids = [...new Set(devices.map(({ subaccountId }) => subaccountId))];
  const subaccounts = ids.length === 0 ? [] : await em.find(Subaccount, { id: { $in: ids } });
  return new Map(subaccounts.map(({ id, timezone }) => [id, timezone]));
}

/** The balances that count now, what expires first first. */
async function grantsOf(
  em: EntityManager,
  devices: readonly PackagedDevice[],
  { now, periods }: { readonly now: Date; readonly periods: readonly string[] },
): Promise<Map<string, QuotaGrant[]>> {
  const grants = await em.find(
    QuotaGrant,
    {
      deviceId: { $in: devices.map(({ id }) => id) },
      $or: [{ period: { $in: [...periods] } }, { pool: 'PRO', expiresAt: { $gt: now } }],
    },
    { orderBy: { expiresAt: 'asc', id: 'asc' } },
  );
  return Map.groupBy(grants, ({ deviceId }) => deviceId);
}

function freeQuota(limit: number | null, month: QuotaGrant | undefined, resetsAt: Date): DeviceQuota['free'] {
  const used = month?.used ?? 0;
  if (limit === null) return { monthlyLimit: null, used, remaining: null, resetsAt: null };
  return { monthlyLimit: limit, used, remaining: Math.max(0, limit - used), resetsAt };
}

function proQuota(grants: readonly QuotaGrant[]): ProQuota {
  const sum = (of: (grant: QuotaGrant) => number) => grants.reduce((total, grant) => total + of(grant), 0);
  const paying = grants.find(({ remaining }) => remaining > 0) ?? grants.at(-1);
  return {
    total: sum(({ amount }) => amount),
    used: sum(({ used }) => used),
    remaining: sum(({ remaining }) => remaining),
    expiresAt: paying?.expiresAt ?? null,
    grants,
  };
}

function isQuotaLow(free: DeviceQuota['free'], pro: ProQuota): boolean {
  if (free.monthlyLimit === null || free.remaining === null) return false;
  if (pro.remaining > 0) return isLow({ remaining: pro.remaining, amount: pro.total });
  return isLow({ remaining: free.remaining, amount: free.monthlyLimit });
}
