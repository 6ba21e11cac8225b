import 'reflect-metadata';
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { Access } from '../../graphql/kit/access.js';
import { inOrderOf } from '../../graphql/kit/graphql-context.js';
import type { GraphqlContext } from '../../graphql/kit/graphql-context.js';
import { UsageDayType } from '../billing/index.js';
import type { Device } from './device.entity.js';
import type { DeviceService } from './device.service.js';
import { DeviceType } from './device.types.js';

@Resolver(() => UsageDayType)
export class DeviceUsageResolver {
  readonly #devices: DeviceService;

  constructor(devices: DeviceService) {
    this.#devices = devices;
  }

  @Access('device:read')
  @FieldResolver(() => DeviceType, { description: 'The device, also when it was deleted since.' })
  async device(@Root() { row }: UsageDayType, @Ctx() context: GraphqlContext): Promise<DeviceType> {
    const load = async (ids: readonly string[]) =>
      inOrderOf(ids, await this.#devices.findManyEver(context.ctx, ids), ({ id }) => id);
    const device = await context
      .loader<string, Device | null>('device, also deleted', load)
      .load(row.deviceId);
    if (device === null) throw new Error('a day of usage has no device');
    return new DeviceType(device);
  }
}
