import type { Context } from '../../../kernel/context.js';
import type { Clock } from '../../../kernel/clock.js';
import { invalidInput } from '../../../kernel/errors.js';
import { newId } from '../../../kernel/ids.js';
import { createToken, tokenHash } from '../../../platform/crypto/tokens.js';
import type { Database } from '../../../platform/database/database.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import type { Hints } from '../../../platform/pubsub/hints.js';
import type { Device } from '../device.entity.js';
import { deviceTokenRegenerated } from '../device.events.js';
import { lockDevice } from '../device.queries.js';
import { DeviceToken } from './device-token.entity.js';

const MAX_GRACE_SECONDS = 86_400;

/** What a client of one device authenticates with. A token is shown once, when it is made. */
export class DeviceTokenService {
  readonly #database: Database;
  readonly #hints: Hints;
  readonly #clock: Clock;

  constructor(options: { database: Database; hints: Hints; clock: Clock }) {
    this.#database = options.database;
    this.#hints = options.hints;
    this.#clock = options.clock;
  }

  /** Makes a new token; the ones before stop at once, or after `graceSeconds` (0 to 86,400). */
  regenerate(
    ctx: Context,
    deviceId: string,
    graceSeconds: number,
  ): Promise<{ device: Device; token: string }> {
    if (!Number.isInteger(graceSeconds) || graceSeconds < 0 || graceSeconds > MAX_GRACE_SECONDS) {
      const message = `must be a whole number from 0 to ${MAX_GRACE_SECONDS}`;
      throw invalidInput([{ path: 'input.graceSeconds', message }]);
    }
    return this.#database.write(ctx, async (tx) => {
      const device = await lockDevice(tx, deviceId);
      await this.retireAll(tx, device, graceSeconds);
      const token = createToken('device');
      this.add(tx, device, token);
      tx.append(deviceTokenRegenerated(device, graceSeconds));
      return { device, token };
    });
  }

  /** Stores the hash of a token of a device. */
  add(tx: Transaction, device: Device, token: string): void {
    const { id: deviceId, agencyId, subaccountId } = device;
    tx.em.create(DeviceToken, {
      id: newId(),
      agencyId,
      subaccountId,
      deviceId,
      tokenHash: tokenHash(token),
      lastFour: token.slice(-4),
      createdAt: this.#clock.now(),
    });
  }

  /** Ends all tokens of a device; running subscriptions learn it after the commit. */
  async retireAll(tx: Transaction, device: Device, graceSeconds: number): Promise<void> {
    const tokens = await tx.em.find(DeviceToken, { deviceId: device.id, revokedAt: null });
    for (const token of tokens) token.retire(this.#clock.now(), graceSeconds);
    if (graceSeconds > 0) return;
    tx.afterCommit(() => {
      for (const token of tokens) this.#hints.publish(`revoked:${token.id}`);
    });
  }
}
