import 'reflect-metadata';
import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { Access } from '../../../graphql/kit/access.js';
import { toConnection } from '../../../graphql/kit/connection.js';
import type { Connection } from '../../../graphql/kit/connection.js';
import type { GraphqlContext } from '../../../graphql/kit/graphql-context.js';
import { inOrderOf } from '../../../graphql/kit/graphql-context.js';
import type { NodeFetcher, ProvidesNodes } from '../../../graphql/kit/node.js';
import { fromPublicId } from '../../../kernel/ids.js';
import { SubaccountType } from '../../tenancy/index.js';
import { CatalogueArgs } from './catalogue.args.types.js';
import type { PlanService } from './plan.service.js';
import {
  ArchivePlanInput,
  CreatePlanInput,
  PlanConnection,
  PlanPayload,
  PlanType,
  UpdatePlanInput,
} from './plan.types.js';

const idOf = ({ planId }: { readonly planId: string }): string =>
  fromPublicId('Plan', planId, 'input.planId');

@Resolver(() => SubaccountType)
export class PlanResolver implements ProvidesNodes {
  readonly nodeFetchers: { readonly Plan: NodeFetcher };
  readonly #plans: PlanService;

  constructor(plans: PlanService) {
    this.#plans = plans;
    this.nodeFetchers = {
      Plan: {
        action: 'plan:read',
        fetch: async (ctx, ids) =>
          inOrderOf(ids, await plans.findMany(ctx, ids), ({ id }) => id).map((plan) =>
            plan === null ? null : new PlanType(plan),
          ),
      },
    };
  }

  @Access('plan:read')
  @Query(() => PlanConnection, { description: "The plans of the caller's agency." })
  async plans(
    @Ctx() { ctx }: GraphqlContext,
    @Args(() => CatalogueArgs) args: CatalogueArgs,
  ): Promise<Connection<PlanType>> {
    return toConnection(await this.#plans.list(ctx, args, args), (plan) => new PlanType(plan));
  }

  @Access('plan:read')
  @FieldResolver(() => PlanType, { description: 'What it may have.' })
  async plan(@Root() { subaccount }: SubaccountType, @Ctx() context: GraphqlContext): Promise<object | null> {
    return context.nodes.find(context, 'Plan', subaccount.planId);
  }

  @Access('plan:manage')
  @Mutation(() => PlanPayload, { description: 'Adds a plan to the agency.' })
  async createPlan(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => CreatePlanInput, { description: 'The new plan.' }) input: CreatePlanInput,
  ): Promise<PlanPayload> {
    const { code, name, maxDevices = null, features, isDefault } = input;
    return new PlanPayload(await this.#plans.create(ctx, { code, name, maxDevices, features, isDefault }));
  }

  @Access('plan:manage')
  @Mutation(() => PlanPayload, {
    description: 'Changes a plan for everybody who has it. Devices beyond a lowered limit stay.',
  })
  async updatePlan(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => UpdatePlanInput, { description: 'What to change.' }) input: UpdatePlanInput,
  ): Promise<PlanPayload> {
    const { name, features, isDefault, maxDevices } = input;
    const changes = {
      name: name ?? undefined,
      features: features ?? undefined,
      isDefault: isDefault ?? undefined,
      maxDevices,
    };
    return new PlanPayload(await this.#plans.update(ctx, idOf(input), changes));
  }

  @Access('plan:manage')
  @Mutation(() => PlanPayload, {
    description: 'Takes a plan out of the offer. Whoever has it keeps it.',
  })
  async archivePlan(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => ArchivePlanInput, { description: 'Which plan.' }) input: ArchivePlanInput,
  ): Promise<PlanPayload> {
    return new PlanPayload(await this.#plans.archive(ctx, idOf(input)));
  }
}
