import type { Context } from '../../kernel/context.js';
import { MAX_PAGE_SIZE } from '../../kernel/page.js';
import type { Page } from '../../kernel/page.js';
import type { Database } from '../../platform/database/database.js';
import type { Device } from './device.entity.js';
import { findDeviceBy, findDevices, listDevices } from './device.queries.js';
import { findHolders } from './lease/holder.queries.js';

/** Reads devices for callers that know them by other names, and no pages. */
export class DeviceReader {
  readonly #database: Database;

  constructor(options: { readonly database: Database }) {
    this.#database = options.database;
  }

  /** By its number, by its second uuid, or by the phone number that it has. */
  async findBy(ctx: Context, name: Parameters<typeof findDeviceBy>[1]): Promise<Device | null> {
    return this.#database.read(ctx, (em) => findDeviceBy(em, name));
  }

  /** Whether this is another device of the subaccount of a device's token. */
  async isSibling(ctx: Context, id: string): Promise<boolean> {
    const { agencyId, subaccountIds, deviceId: own } = ctx.requireScope();
    if (own === undefined || own === id) return false;
    const beside = ctx.withScope({ agencyId, subaccountIds });
    return (await this.#database.read(beside, (em) => findDevices(em, [id]))).length > 0;
  }

  /** All devices of a subaccount, oldest first. */
  async listAll(ctx: Context, subaccountId: string): Promise<Device[]> {
    const devices: Device[] = [];
    for (let after: string | null = null; ;) {
      const request = { first: MAX_PAGE_SIZE, after };
      const page: Page<Device> = await this.#database.read(ctx, (em) =>
        listDevices(em, subaccountId, request, {}),
      );
      devices.push(...page.items.map(({ node }) => node));
      after = page.items.at(-1)?.cursor ?? null;
      if (!page.hasNextPage) return devices;
    }
  }

  /** The names of the processes that hold devices now, by the devices' shards. */
  async findHolders(ctx: Context, devices: readonly Device[]): Promise<Map<number, string>> {
    const shards = devices.map((device) => device.shard);
    return this.#database.read(ctx, (em) => findHolders(em, shards));
  }
}
