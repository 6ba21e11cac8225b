import type { EntityManager } from '@mikro-orm/postgresql';
import type { Clock } from '../../kernel/clock.js';
import { findDeviceFeatures } from '../billing/index.js';
import { Device } from '../device/index.js';

/** Whose package, or voucher, includes webhooks. */
export class WebhookFeature {
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Those of these devices that may have webhooks now, inside the caller's transaction. */
  async among(em: EntityManager, deviceIds: readonly string[]): Promise<ReadonlySet<string>> {
    const entitled = new Set<string>();
    if (deviceIds.length === 0) return entitled;
    const now = this.#clock.now();
    for (const device of await em.find(Device, { id: { $in: [...deviceIds] } })) {
      if ((await findDeviceFeatures(em, device, now)).webhooks) entitled.add(device.id);
    }
    return entitled;
  }
}
