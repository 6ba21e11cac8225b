import type { z } from 'zod';
import type { Context } from '../../kernel/context.js';
import type { Device } from '../../modules/device/index.js';
import type { DoorServices } from '../door/door-services.js';
import type { DeviceView } from './whatspie.schemas.js';
import { deviceView } from './whatspie.views.js';

/** Devices as Whatspie shows them, with what surrounds each. */
export class DeviceViews {
  readonly #services: Pick<DoorServices, 'deviceReader' | 'deviceWebhooks' | 'packages' | 'quotas'>;

  constructor(services: Pick<DoorServices, 'deviceReader' | 'deviceWebhooks' | 'packages' | 'quotas'>) {
    this.#services = services;
  }

  async ofOne(caller: Context, device: Device): Promise<z.infer<typeof DeviceView>> {
    const [view] = await this.of(caller, [device]);
    if (view === undefined) throw new Error('a device has no view');
    return view;
  }

  /** In the order of `devices`; the number of statements does not grow with theirs. */
  async of(caller: Context, devices: readonly Device[]): Promise<z.infer<typeof DeviceView>[]> {
    if (devices.length === 0) return [];
    const { deviceReader, deviceWebhooks, packages, quotas } = this.#services;
    const ids = devices.map(({ id }) => id);
    const holders = await deviceReader.findHolders(caller, devices);
    const webhooks = await deviceWebhooks.findDeviceWebhooks(caller, ids);
    const known = await packages.findMany(caller, [...new Set(devices.map(({ packageId }) => packageId))]);
    const quotasOf = await quotas.quotasOf(caller, devices);
    return devices.map((device, index) => {
      const own = known.find(({ id }) => id === device.packageId);
      const quota = quotasOf[index];
      const free = quota?.free.remaining ?? null;
      return deviceView(device, {
        webhookUrl: webhooks.find(({ deviceId }) => deviceId === device.id)?.url ?? null,
        holder: holders.get(device.shard) ?? null,
        package: { code: own?.code ?? '', name: own?.name ?? '' },
        quota: {
          available: free === null ? null : free + (quota?.pro.remaining ?? 0),
          used: (quota?.free.used ?? 0) + (quota?.pro.used ?? 0),
        },
      });
    });
  }
}
