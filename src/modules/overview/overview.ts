import type { DeviceQuota } from '../billing/index.js';
import { attentionOf } from '../device/index.js';
import type { Device, DeviceStatus } from '../device/index.js';

/** Messages of some days, by what became of them. */
export interface Volume {
  readonly accepted: number;
  readonly sent: number;
  readonly delivered: number;
  readonly read: number;
  readonly failed: number;
}

export const NO_VOLUME: Volume = { accepted: 0, sent: 0, delivered: 0, read: 0, failed: 0 };

/** What devices may still send, all together. */
interface QuotaLeft {
  /** Of those with a monthly allowance. */
  readonly free: number;
  readonly pro: number;
  /** How many devices have no limit. */
  readonly unlimitedDevices: number;
}

/** How some devices are, at one moment. */
export class Overview {
  readonly volume: Volume;
  readonly #devices: readonly Device[];
  readonly #quotas: ReadonlyMap<string, DeviceQuota>;
  readonly #now: Date;

  constructor(options: {
    readonly devices: readonly Device[];
    readonly quotas: ReadonlyMap<string, DeviceQuota>;
    readonly volume: Volume;
    readonly now: Date;
  }) {
    this.volume = options.volume;
    this.#devices = options.devices;
    this.#quotas = options.quotas;
    this.#now = options.now;
  }

  get deviceCount(): number {
    return this.#devices.length;
  }

  get devicesByStatus(): ReadonlyMap<DeviceStatus, number> {
    const groups = Map.groupBy(this.#devices, ({ status }) => status);
    return new Map([...groups].map(([status, devices]) => [status, devices.length]));
  }

  /** Devices that a person should look at, the oldest first. */
  get attention(): readonly Device[] {
    return this.#devices.filter(
      (device) => attentionOf(device, this.#now).length > 0 || this.#quotas.get(device.id)?.isLow === true,
    );
  }

  get quotaLeft(): QuotaLeft {
    const quotas = this.#devices.flatMap(({ id }) => this.#quotas.get(id) ?? []);
    const sum = (of: (quota: DeviceQuota) => number): number =>
      quotas.reduce((total, quota) => total + of(quota), 0);
    return {
      free: sum(({ free }) => free.remaining ?? 0),
      pro: sum(({ pro }) => pro.remaining),
      unlimitedDevices: quotas.filter(({ free }) => free.monthlyLimit === null).length,
    };
  }
}
