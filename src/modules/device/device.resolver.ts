import 'reflect-metadata';
import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { Access } from '../../graphql/kit/access.js';
import { toConnection } from '../../graphql/kit/connection.js';
import type { Connection } from '../../graphql/kit/connection.js';
import { inOrderOf } from '../../graphql/kit/graphql-context.js';
import type { GraphqlContext } from '../../graphql/kit/graphql-context.js';
import type { NodeFetcher, ProvidesNodes } from '../../graphql/kit/node.js';
import { DeletePayloadType } from '../../graphql/kit/payload.types.js';
import { fromPublicId } from '../../kernel/ids.js';
import { SubaccountType } from '../tenancy/index.js';
import {
  CreateDeviceInput,
  CreateDevicePayload,
  DeviceConnectionArgs,
  DeviceInput,
  DevicePayload,
  RegenerateDeviceTokenInput,
  RegenerateDeviceTokenPayload,
  SuspendDeviceInput,
  UpdateDeviceInput,
  UpdateDevicePayload,
} from './device.inputs.types.js';
import type { DeviceService } from './device.service.js';
import { DeviceConnection, DeviceType } from './device.types.js';
import type { DeviceTokenService } from './token/device-token.service.js';

const idOf = (input: { readonly deviceId: string }): string =>
  fromPublicId('Device', input.deviceId, 'input.deviceId');
const packageOf = ({ packageId }: { readonly packageId?: string | null }): string | null =>
  packageId == null ? null : fromPublicId('Package', packageId, 'input.packageId');

@Resolver(() => SubaccountType)
export class DeviceResolver implements ProvidesNodes {
  readonly nodeFetchers: { readonly Device: NodeFetcher };
  readonly #devices: DeviceService;
  readonly #tokens: DeviceTokenService;

  constructor(devices: DeviceService, tokens: DeviceTokenService) {
    this.#devices = devices;
    this.#tokens = tokens;
    this.nodeFetchers = {
      Device: {
        action: 'device:read',
        fetch: async (ctx, ids) =>
          inOrderOf(ids, await devices.findMany(ctx, ids), (device) => device.id).map((device) =>
            device === null ? null : new DeviceType(device),
          ),
      },
    };
  }

  @Access('device:read')
  @Query(() => DeviceType, { description: 'One device.' })
  async device(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
  ): Promise<DeviceType> {
    return new DeviceType(await this.#devices.get(ctx, fromPublicId('Device', id)));
  }

  @Access('device:read')
  @FieldResolver(() => DeviceConnection, { description: 'Its devices, oldest first.' })
  async devices(
    @Root() { subaccount }: SubaccountType,
    @Args(() => DeviceConnectionArgs) args: DeviceConnectionArgs,
    @Ctx() { ctx }: GraphqlContext,
  ): Promise<Connection<DeviceType>> {
    const page = await this.#devices.list(ctx, subaccount.id, args, args.filter ?? {});
    return toConnection(page, (device) => new DeviceType(device));
  }

  @Access('device:create')
  @Mutation(() => CreateDevicePayload, {
    description: 'Adds a device to a subaccount. Pair a number with it next.',
  })
  async createDevice(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => CreateDeviceInput, { description: 'The new device.' }) input: CreateDeviceInput,
  ): Promise<CreateDevicePayload> {
    const subaccountId = fromPublicId('Subaccount', input.subaccountId, 'input.subaccountId');
    const packageId = packageOf(input);
    const { label, idempotencyKey } = input;
    const created = await this.#devices.create(ctx, { subaccountId, packageId, label, idempotencyKey });
    return new CreateDevicePayload(created);
  }

  @Access('device:update')
  @Mutation(() => UpdateDevicePayload, {
    description: 'Changes what a device is called, and how it sends and reads.',
  })
  async updateDevice(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => UpdateDeviceInput, { description: 'What to change.' }) input: UpdateDeviceInput,
  ): Promise<UpdateDevicePayload> {
    const { label, priority, priorityLevel, sendPolicy, sendReadReceipts } = input;
    const packageId = packageOf(input);
    const changes = { label, priority, priorityLevel, sendPolicy, sendReadReceipts, packageId };
    return new UpdateDevicePayload(await this.#devices.update(ctx, idOf(input), changes));
  }

  @Access('device:regenerate_token')
  @Mutation(() => RegenerateDeviceTokenPayload, {
    description: 'Gives a device a new token; the old one stops at once, or after `graceSeconds`.',
  })
  async regenerateDeviceToken(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => RegenerateDeviceTokenInput, { description: 'Which device.' })
    input: RegenerateDeviceTokenInput,
  ): Promise<RegenerateDeviceTokenPayload> {
    const regenerated = await this.#tokens.regenerate(ctx, idOf(input), input.graceSeconds ?? 0);
    return new RegenerateDeviceTokenPayload(regenerated);
  }

  @Access('device:pair')
  @Mutation(() => DevicePayload, {
    description: 'Connects a paired device again at once, also after REPLACED or BANNED.',
  })
  async reconnectDevice(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => DeviceInput, { description: 'Which device.' }) input: DeviceInput,
  ): Promise<DevicePayload> {
    return new DevicePayload(await this.#devices.reconnect(ctx, idOf(input)));
  }

  @Access('device:pair')
  @Mutation(() => DevicePayload, {
    description: 'Removes the link with the phone and erases the credentials. Waiting messages stay.',
  })
  async logoutDevice(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => DeviceInput, { description: 'Which device.' }) input: DeviceInput,
  ): Promise<DevicePayload> {
    return new DevicePayload(await this.#devices.logOut(ctx, idOf(input)));
  }

  @Access('device:suspend')
  @Mutation(() => DevicePayload, {
    description: 'Disconnects a device and keeps its link until it is resumed.',
  })
  async suspendDevice(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => SuspendDeviceInput, { description: 'Which device, and why.' })
    input: SuspendDeviceInput,
  ): Promise<DevicePayload> {
    return new DevicePayload(await this.#devices.suspend(ctx, idOf(input), input.reason ?? null));
  }

  @Access('device:suspend')
  @Mutation(() => DevicePayload, { description: 'Lets a suspended device connect again.' })
  async resumeDevice(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => DeviceInput, { description: 'Which device.' }) input: DeviceInput,
  ): Promise<DevicePayload> {
    return new DevicePayload(await this.#devices.resume(ctx, idOf(input)));
  }

  @Access('device:delete')
  @Mutation(() => DeletePayloadType, {
    description:
      'Deletes a device for good: disconnects it, removes the link, frees the number, ends its tokens.',
  })
  async deleteDevice(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => DeviceInput, { description: 'Which device.' }) input: DeviceInput,
  ): Promise<DeletePayloadType> {
    await this.#devices.delete(ctx, idOf(input));
    return new DeletePayloadType(input.deviceId);
  }
}
