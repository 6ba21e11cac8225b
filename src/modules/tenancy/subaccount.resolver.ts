import 'reflect-metadata';
import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { Access } from '../../graphql/kit/access.js';
import { toConnection } from '../../graphql/kit/connection.js';
import type { Connection } from '../../graphql/kit/connection.js';
import type { GraphqlContext } from '../../graphql/kit/graphql-context.js';
import { inOrderOf } from '../../graphql/kit/graphql-context.js';
import type { NodeFetcher, ProvidesNodes } from '../../graphql/kit/node.js';
import { fromPublicId } from '../../kernel/ids.js';
import { AgencyType } from './agency.types.js';
import type { SubaccountService } from './subaccount.service.js';
import {
  CreateSubaccountInput,
  CreateSubaccountPayload,
  SubaccountConnection,
  SubaccountConnectionArgs,
  SubaccountType,
  UpdateSubaccountInput,
  UpdateSubaccountPayload,
} from './subaccount.types.js';

@Resolver(() => AgencyType)
export class SubaccountResolver implements ProvidesNodes {
  readonly nodeFetchers: { readonly Subaccount: NodeFetcher };
  readonly #subaccounts: SubaccountService;

  constructor(subaccounts: SubaccountService) {
    this.#subaccounts = subaccounts;
    this.nodeFetchers = {
      Subaccount: {
        action: 'subaccount:read',
        fetch: async (ctx, ids) =>
          inOrderOf(ids, await subaccounts.findSubaccounts(ctx, ids), (subaccount) => subaccount.id).map(
            (subaccount) => (subaccount === null ? null : new SubaccountType(subaccount)),
          ),
      },
    };
  }

  @Access('subaccount:read')
  @Query(() => SubaccountType, { description: 'One subaccount.' })
  async subaccount(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
  ): Promise<SubaccountType> {
    return new SubaccountType(await this.#subaccounts.getSubaccount(ctx, fromPublicId('Subaccount', id)));
  }

  @Access('subaccount:read')
  @FieldResolver(() => SubaccountConnection, {
    description: 'Its subaccounts that the caller may see, oldest first.',
  })
  async subaccounts(
    @Root() { agency }: AgencyType,
    @Args(() => SubaccountConnectionArgs) args: SubaccountConnectionArgs,
    @Ctx() { ctx }: GraphqlContext,
  ): Promise<Connection<SubaccountType>> {
    const page = await this.#subaccounts.listSubaccounts(ctx, agency.id, args, args.filter?.toFilter() ?? {});
    return toConnection(page, (subaccount) => new SubaccountType(subaccount));
  }

  @Access('subaccount:create')
  @Mutation(() => CreateSubaccountPayload, { description: 'Adds a client to an agency.' })
  async createSubaccount(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => CreateSubaccountInput, { description: 'The new subaccount.' })
    input: CreateSubaccountInput,
  ): Promise<CreateSubaccountPayload> {
    const subaccount = await this.#subaccounts.createSubaccount(ctx, {
      agencyId: fromPublicId('Agency', input.agencyId, 'input.agencyId'),
      name: input.name,
      planId: input.planId == null ? null : fromPublicId('Plan', input.planId, 'input.planId'),
      timezone: input.timezone ?? 'UTC',
      requireBusinessAccount: input.requireBusinessAccount ?? false,
      idempotencyKey: input.idempotencyKey,
    });
    return new CreateSubaccountPayload(subaccount);
  }

  @Access('subaccount:update')
  @Mutation(() => UpdateSubaccountPayload, {
    description: 'Changes a subaccount, its plan included. Devices beyond the limit of a smaller plan stay.',
  })
  async updateSubaccount(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => UpdateSubaccountInput, { description: 'What to change.' })
    input: UpdateSubaccountInput,
  ): Promise<UpdateSubaccountPayload> {
    const id = fromPublicId('Subaccount', input.subaccountId, 'input.subaccountId');
    const subaccount = await this.#subaccounts.updateSubaccount(ctx, id, {
      name: input.name ?? undefined,
      timezone: input.timezone ?? undefined,
      requireBusinessAccount: input.requireBusinessAccount ?? undefined,
      planId: input.planId == null ? undefined : fromPublicId('Plan', input.planId, 'input.planId'),
    });
    return new UpdateSubaccountPayload(subaccount);
  }
}
