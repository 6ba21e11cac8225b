import 'reflect-metadata';
import { Arg, Args, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import { Access } from '../../../graphql/kit/access.js';
import { ConnectionArgs, toConnection } from '../../../graphql/kit/connection.js';
import type { Connection } from '../../../graphql/kit/connection.js';
import type { GraphqlContext } from '../../../graphql/kit/graphql-context.js';
import { inOrderOf } from '../../../graphql/kit/graphql-context.js';
import type { NodeFetcher, ProvidesNodes } from '../../../graphql/kit/node.js';
import { fromPublicId } from '../../../kernel/ids.js';
import type { VoucherService } from './voucher.service.js';
import {
  CreateVouchersInput,
  CreateVouchersPayload,
  RevokeVoucherInput,
  VoucherConnection,
  VoucherPayload,
  VoucherType,
} from './voucher.types.js';

@Resolver(() => VoucherType)
export class VoucherResolver implements ProvidesNodes {
  readonly nodeFetchers: { readonly Voucher: NodeFetcher };
  readonly #vouchers: VoucherService;

  constructor(vouchers: VoucherService) {
    this.#vouchers = vouchers;
    this.nodeFetchers = {
      Voucher: {
        action: 'voucher:read',
        fetch: async (ctx, ids) =>
          inOrderOf(ids, await vouchers.findMany(ctx, ids), ({ id }) => id).map((voucher) =>
            voucher === null ? null : new VoucherType(voucher),
          ),
      },
    };
  }

  @Access('voucher:read')
  @Query(() => VoucherConnection, { description: "The vouchers of the caller's agency, newest first." })
  async vouchers(
    @Ctx() { ctx }: GraphqlContext,
    @Args(() => ConnectionArgs) args: ConnectionArgs,
  ): Promise<Connection<VoucherType>> {
    return toConnection(await this.#vouchers.list(ctx, args), (voucher) => new VoucherType(voucher));
  }

  @Access('voucher:manage')
  @Mutation(() => CreateVouchersPayload, { description: 'Makes codes that give devices messages.' })
  async createVouchers(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => CreateVouchersInput, { description: 'The new vouchers.' }) input: CreateVouchersInput,
  ): Promise<CreateVouchersPayload> {
    const { count, amount, validityDays, maxUses, redeemBy = null, note = null } = input;
    const terms = { count, amount, validityDays, maxUses, redeemBy, note };
    return new CreateVouchersPayload(await this.#vouchers.create(ctx, terms));
  }

  @Access('voucher:manage')
  @Mutation(() => VoucherPayload, {
    description: 'Lets nobody redeem a voucher any more. What was redeemed stays.',
  })
  async revokeVoucher(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => RevokeVoucherInput, { description: 'Which voucher.' }) input: RevokeVoucherInput,
  ): Promise<VoucherPayload> {
    const id = fromPublicId('Voucher', input.voucherId, 'input.voucherId');
    return new VoucherPayload(await this.#vouchers.revoke(ctx, id));
  }
}
