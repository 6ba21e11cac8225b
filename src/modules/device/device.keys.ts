import type { EntityManager } from '@mikro-orm/postgresql';
import type { Context } from '../../kernel/context.js';
import { kernelErrors } from '../../kernel/errors.js';
import { DataKey } from '../../platform/crypto/data-key.js';
import type { MasterKey } from '../../platform/crypto/master-key.js';
import type { Database } from '../../platform/database/database.js';
import type { Transaction } from '../../platform/database/transaction.js';
import type { Device } from './device.entity.js';
import { DeviceSecret } from './device-secret.entity.js';

const MAX_CACHED = 5_000;
const aadOf = (deviceId: string): string => `device_secret:${deviceId}`;

/**
 * The data keys of devices, unwrapped. A key is no right: callers ask for it for rows that their own scope let them read.
 * The cache is bounded; the oldest entry leaves first.
 */
export class DeviceKeys {
  readonly #database: Database;
  readonly #masterKey: MasterKey;
  readonly #cache = new Map<string, DataKey>();

  constructor(database: Database, masterKey: MasterKey) {
    this.#database = database;
    this.#masterKey = masterKey;
  }

  /** For reads outside a transaction of one's own. Throws NOT_FOUND. */
  async dataKey(ctx: Context, deviceId: string): Promise<DataKey> {
    return this.#cache.get(deviceId) ?? this.#database.read(ctx, (em) => this.#load(em, deviceId));
  }

  /** Inside a transaction. Throws NOT_FOUND. */
  async dataKeyIn(tx: Pick<Transaction, 'em'>, deviceId: string): Promise<DataKey> {
    return this.#cache.get(deviceId) ?? this.#load(tx.em, deviceId);
  }

  /** From what the caller has read of the device's secret. */
  unwrap(deviceId: string, wrappedKey: Uint8Array): DataKey {
    const known = this.#cache.get(deviceId);
    if (known !== undefined) return known;
    const key = this.#masterKey.unwrap(wrappedKey, aadOf(deviceId));
    this.#remember(deviceId, key);
    return key;
  }

  /** A new device's own key. */
  create(tx: Transaction, device: Device): void {
    const wrappedKey = this.#masterKey.wrap(DataKey.generate(), aadOf(device.id));
    const { id: deviceId, agencyId, subaccountId } = device;
    tx.em.create(DeviceSecret, { deviceId, agencyId, subaccountId, wrappedKey });
  }

  async #load(em: EntityManager, deviceId: string): Promise<DataKey> {
    const secret = await em.findOne(DeviceSecret, { deviceId }, { fields: ['wrappedKey'] });
    if (secret === null) throw kernelErrors.NOT_FOUND();
    return this.unwrap(deviceId, secret.wrappedKey);
  }

  #remember(deviceId: string, key: DataKey): void {
    this.#cache.set(deviceId, key);
    const oldest = this.#cache.size > MAX_CACHED ? this.#cache.keys().next() : null;
    if (oldest?.done === false) this.#cache.delete(oldest.value);
  }
}
