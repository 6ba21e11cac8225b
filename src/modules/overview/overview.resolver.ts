import 'reflect-metadata';
import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { Access } from '../../graphql/kit/access.js';
import type { GraphqlContext } from '../../graphql/kit/graphql-context.js';
import { ResponseTimesType } from '../inbox/index.js';
import type { ResponseTimes } from '../inbox/index.js';
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
    const { dayCount: days } = args;
    return new OverviewType(await this.#overviews.ofAgency(ctx, agency.id, days), {
      agencyId: agency.id,
      subaccountId: null,
      days,
    });
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
    const { id: subaccountId, agencyId } = subaccount;
    return new OverviewType(await loader.load(subaccountId), { agencyId, subaccountId, days: dayCount });
  }
}

@Resolver(() => OverviewType)
export class OverviewResponseTimesResolver {
  readonly #overviews: OverviewReader;

  constructor(overviews: OverviewReader) {
    this.#overviews = overviews;
  }

  @Access('usage:read')
  @FieldResolver(() => ResponseTimesType, {
    description: 'How fast people were answered who wrote in the days asked for. Some seconds behind.',
  })
  async responseTimes(
    @Root() { extent: { agencyId, subaccountId, days } }: OverviewType,
    @Ctx() context: GraphqlContext,
  ): Promise<ResponseTimesType> {
    if (subaccountId === null) {
      return new ResponseTimesType(await this.#overviews.responseTimesOfAgency(context.ctx, agencyId, days));
    }
    const load = (ids: readonly string[]): Promise<readonly ResponseTimes[]> =>
      this.#overviews.responseTimesOf(context.ctx, ids, days);
    const loader = context.loader<string, ResponseTimes>(`response times of ${days} days`, load);
    return new ResponseTimesType(await loader.load(subaccountId));
  }
}
