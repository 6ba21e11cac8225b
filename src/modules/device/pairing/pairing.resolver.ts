import 'reflect-metadata';
import { Arg, Ctx, FieldResolver, ID, Mutation, Resolver, Root, Subscription } from 'type-graphql';
import { Access } from '../../../graphql/kit/access.js';
import type { GraphqlContext } from '../../../graphql/kit/graphql-context.js';
import { subscribeWith } from '../../../graphql/kit/subscription.js';
import { kernelErrors } from '../../../kernel/errors.js';
import { fromPublicId } from '../../../kernel/ids.js';
import { SubaccountType } from '../../tenancy/index.js';
import { DeviceInput, DevicePayload } from '../device.inputs.types.js';
import { DeviceType } from '../device.types.js';
import type { PairingService } from './pairing.service.js';
import { PairDeviceInput, PairDevicePayload, PairingType } from './pairing.types.js';
import type { PairingView } from './pairing.view.js';

const idOf = (input: { readonly deviceId: string }): string =>
  fromPublicId('Device', input.deviceId, 'input.deviceId');

@Resolver(() => DeviceType)
export class PairingResolver {
  readonly #pairings: PairingService;

  constructor(pairings: PairingService) {
    this.#pairings = pairings;
  }

  @Access('device:read')
  @FieldResolver(() => PairingType, {
    nullable: true,
    description: 'Its latest pairing; null when there was none. Codes are shown to callers that may pair.',
  })
  async pairing(@Root() { device }: DeviceType, @Ctx() context: GraphqlContext): Promise<PairingType | null> {
    const view = await context
      .loader<string, PairingView | null>('pairing', async (ids) => {
        const views = await this.#pairings.findMany(context.ctx, ids);
        return ids.map((id) => views.get(id) ?? null);
      })
      .load(device.id);
    return view === null ? null : new PairingType(view, context.ctx.can('device:pair', device.subaccountId));
  }

  @Access('subaccount:read')
  @FieldResolver(() => SubaccountType, { description: 'The subaccount that it belongs to.' })
  async subaccount(@Root() { device }: DeviceType, @Ctx() context: GraphqlContext): Promise<object> {
    const subaccount = await context.nodes.find(context, 'Subaccount', device.subaccountId);
    if (subaccount === null) throw kernelErrors.NOT_FOUND();
    return subaccount;
  }

  @Access('device:pair')
  @Mutation(() => PairDevicePayload, {
    description: 'Starts to link a number with a device; follow `devicePairing` for what to scan or type.',
  })
  async pairDevice(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => PairDeviceInput, { description: 'Which device, and how.' }) input: PairDeviceInput,
  ): Promise<PairDevicePayload> {
    const { method, phoneNumber } = input;
    const started = await this.#pairings.start(ctx, idOf(input), { method: method ?? 'QR', phoneNumber });
    return new PairDevicePayload(started);
  }

  @Access('device:pair')
  @Mutation(() => DevicePayload, { description: 'Ends the running pairing of a device.' })
  async cancelPairing(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => DeviceInput, { description: 'Which device.' }) input: DeviceInput,
  ): Promise<DevicePayload> {
    return new DevicePayload(await this.#pairings.cancel(ctx, idOf(input)));
  }

  @Access('device:pair')
  @Subscription(() => PairingType, {
    description: 'The pairing as it is now, then after every change, to its end.',
    subscribe: subscribeWith(
      () => PairingResolver,
      (resolver, { deviceId }: { deviceId: string }, context) => resolver.follow(deviceId, context),
    ),
  })
  devicePairing(
    @Root() view: PairingView,
    @Arg('deviceId', () => ID, { description: 'The device.' }) _deviceId: string,
  ): PairingType {
    return new PairingType(view, true);
  }

  /** The views behind the subscription. */
  follow(
    deviceId: string,
    { ctx, signal, recheck }: GraphqlContext,
  ): AsyncGenerator<PairingView, void, undefined> {
    return this.#pairings.follow(ctx, fromPublicId('Device', deviceId, 'deviceId'), { signal, recheck });
  }
}
