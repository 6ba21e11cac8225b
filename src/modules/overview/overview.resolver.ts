import 'reflect-metadata';
import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { Access } from '../../graphql/kit/access.js';
import type { GraphqlContext } from '../../graphql/kit/graphql-context.js';
import { AgencyType, SubaccountType } from '../tenancy/index.js';
import type { Overview } from './overview.js';
import type { OverviewReader } from './overview.reader.js';
import { OverviewArgs, OverviewType } from './overview.types.js';

@Resolver(() => AgencyType)
export class AgencyOverviewResolver {
  readonly #overviews: OverviewReader;

  constructor(overviews: OverviewReader) {
    this.#overviews = overviews;
  }

  @Access('usage:read')
  @FieldResolver(() => OverviewType, {
    description: 'All subaccounts that the caller may see, together.',
  })
  async overview(
    @Root() { agency }: AgencyType,
    @Args(() => OverviewArgs) args: OverviewArgs,
    @Ctx() { ctx }: GraphqlContext,
  ): Promise<OverviewType> {
    return new OverviewType(await this.#overviews.ofAgency(ctx, agency.id, args.dayCount));
  }
}

@Resolver(() => SubaccountType)
export class SubaccountOverviewResolver {
  readonly #overviews: OverviewReader;

  constructor(overviews: OverviewReader) {
    this.#overviews = overviews;
  }

  @Access('usage:read')
  @FieldResolver(() => OverviewType, {
    description: 'It at a glance. Asking it of a page of subaccounts costs no more statements than of one.',
  })
  async overview(
    @Root() { subaccount }: SubaccountType,
    @Args(() => OverviewArgs) { dayCount }: OverviewArgs,
    @Ctx() context: GraphqlContext,
  ): Promise<OverviewType> {
    const load = (ids: readonly string[]): Promise<Overview[]> =>
      this.#overviews.ofSubaccounts(context.ctx, ids, dayCount);
    const loader = context.loader<string, Overview>(`overview of ${dayCount} days`, load);
    return new OverviewType(await loader.load(subaccount.id));
  }
}
