import 'reflect-metadata';
import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { Access } from '../../graphql/kit/access.js';
import { inOrderOf } from '../../graphql/kit/graphql-context.js';
import type { GraphqlContext } from '../../graphql/kit/graphql-context.js';
import { fromPublicId } from '../../kernel/ids.js';
import { DeviceQuotaType, PackageType } from '../billing/index.js';
import type { DeviceQuota, Package, PackageService, QuotaReader, VoucherService } from '../billing/index.js';
import { attentionOf } from './device.attention.js';
import type { ShownAttention } from './device.attention.js';
import type { Device } from './device.entity.js';
import { DeviceAttentionEnum } from './device.enums.types.js';
import { getDevice } from './device.queries.js';
import { RedeemVoucherInput, RedeemVoucherPayload } from './device-quota.types.js';
import { DeviceType } from './device.types.js';

/** What a device may send, by its package and its vouchers. */
@Resolver(() => DeviceType)
export class DeviceQuotaResolver {
  readonly #quotas: QuotaReader;
  readonly #packages: PackageService;
  readonly #vouchers: VoucherService;

  constructor(options: {
    readonly quotas: QuotaReader;
    readonly packages: PackageService;
    readonly vouchers: VoucherService;
  }) {
    this.#quotas = options.quotas;
    this.#packages = options.packages;
    this.#vouchers = options.vouchers;
  }

  @Access('device:read')
  @FieldResolver(() => PackageType, { description: 'What it may do.' })
  async package(@Root() { device }: DeviceType, @Ctx() context: GraphqlContext): Promise<PackageType> {
    const load = async (ids: readonly string[]) =>
      inOrderOf(ids, await this.#packages.findMany(context.ctx, ids), ({ id }) => id);
    const found = await context.loader<string, Package | null>('package', load).load(device.packageId);
    if (found === null) throw new Error('a device has no package');
    return new PackageType(found);
  }

  @Access('device:read')
  @FieldResolver(() => DeviceQuotaType, { description: 'What it may still send.' })
  async quota(@Root() { device }: DeviceType, @Ctx() context: GraphqlContext): Promise<DeviceQuotaType> {
    return new DeviceQuotaType(await this.#quotaOf(device, context));
  }

  @Access('device:read')
  @FieldResolver(() => [DeviceAttentionEnum], {
    description: 'Why a person should look at it; mostly empty.',
  })
  async attention(@Root() { device }: DeviceType, @Ctx() context: GraphqlContext): Promise<ShownAttention[]> {
    const { isLow } = await this.#quotaOf(device, context);
    const attention = attentionOf(device, new Date());
    return isLow ? [...attention, 'QUOTA_LOW'] : attention;
  }

  @Access('voucher:redeem')
  @Mutation(() => RedeemVoucherPayload, {
    description: 'Gives a device the messages of a voucher. A device redeems a voucher once.',
  })
  async redeemVoucher(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => RedeemVoucherInput, { description: 'Code and device.' }) input: RedeemVoucherInput,
  ): Promise<RedeemVoucherPayload> {
    const deviceId = fromPublicId('Device', input.deviceId, 'input.deviceId');
    const redeemed = await this.#vouchers.redeem(ctx, input.code, (tx) => getDevice(tx.em, deviceId));
    return new RedeemVoucherPayload(redeemed);
  }

  #quotaOf(device: Device, context: GraphqlContext): Promise<DeviceQuota> {
    const load = (devices: readonly Device[]) => this.#quotas.quotasOf(context.ctx, devices);
    return context.loader<Device, DeviceQuota>('quota of devices', load).load(device);
  }
}
