import 'reflect-metadata';
import { Args, Ctx, FieldResolver, Resolver, Root, Subscription } from 'type-graphql';
import { Access } from '../../graphql/kit/access.js';
import type { EventWrapper, ProvidesEvents } from '../../graphql/kit/event.types.js';
import { inOrderOf } from '../../graphql/kit/graphql-context.js';
import type { GraphqlContext } from '../../graphql/kit/graphql-context.js';
import { subscribeWith } from '../../graphql/kit/subscription.js';
import { kernelErrors } from '../../kernel/errors.js';
import type { StoredEvent } from '../../kernel/events.js';
import { fromPublicId } from '../../kernel/ids.js';
import type { EventFeed } from '../../platform/events/event-feed.js';
import { DeviceStatusArgs } from './device.inputs.types.js';
import type { Device } from './device.entity.js';
import type { DeviceService } from './device.service.js';
import { DeviceStatusChangedType, DeviceType } from './device.types.js';

@Resolver(() => DeviceStatusChangedType)
export class DeviceStatusResolver implements ProvidesEvents {
  readonly eventTypes: { readonly 'device.status_changed': EventWrapper };
  readonly #feed: EventFeed;
  readonly #devices: DeviceService;

  constructor(feed: EventFeed, devices: DeviceService) {
    this.#feed = feed;
    this.#devices = devices;
    this.eventTypes = { 'device.status_changed': (event) => new DeviceStatusChangedType(event) };
  }

  @Access('device:read')
  @Subscription(() => DeviceStatusChangedType, {
    description: 'Every change of the status of devices of a subaccount; resumes behind `after`.',
    subscribe: subscribeWith(
      () => DeviceStatusResolver,
      (resolver, args: DeviceStatusArgs, context) => resolver.followStatus(args, context),
    ),
  })
  deviceStatusChanged(
    @Root() event: StoredEvent,
    @Args(() => DeviceStatusArgs) _args: DeviceStatusArgs,
  ): DeviceStatusChangedType {
    return new DeviceStatusChangedType(event);
  }

  /** The events behind the subscription. */
  async *followStatus(
    args: DeviceStatusArgs,
    { ctx, signal, recheck }: GraphqlContext,
  ): AsyncGenerator<StoredEvent, void, undefined> {
    const streamId = fromPublicId('Subaccount', args.subaccountId, 'subaccountId');
    const deviceId = args.deviceId == null ? null : fromPublicId('Device', args.deviceId, 'deviceId');
    if (deviceId !== null) await this.#devices.get(ctx, deviceId);
    yield* this.#feed.follow(ctx, {
      streamId,
      after: args.after ?? null,
      topics: ['device.status_changed'],
      filter: ({ payload }) => deviceId === null || payload['deviceId'] === deviceId,
      recheck,
      signal,
    });
  }

  @Access('device:read')
  @FieldResolver(() => DeviceType, {
    description: 'The device as it is by now, also when it was deleted since.',
  })
  async device(
    @Root() { deviceId }: DeviceStatusChangedType,
    @Ctx() context: GraphqlContext,
  ): Promise<DeviceType> {
    const load = async (ids: readonly string[]) =>
      inOrderOf(ids, await this.#devices.findManyEver(context.ctx, ids), ({ id }) => id);
    const device = await context.loader<string, Device | null>('device, also deleted', load).load(deviceId);
    if (device === null) throw kernelErrors.NOT_FOUND();
    return new DeviceType(device);
  }
}
