import 'reflect-metadata';
import { Arg, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { Access } from '../../graphql/kit/access.js';
import type { GraphqlContext } from '../../graphql/kit/graphql-context.js';
import { inOrderOf } from '../../graphql/kit/graphql-context.js';
import type { NodeFetcher, ProvidesNodes } from '../../graphql/kit/node.js';
import type { Context } from '../../kernel/context.js';
import { kernelErrors } from '../../kernel/errors.js';
import { fromPublicId } from '../../kernel/ids.js';
import type { AgencyService } from './agency.service.js';
import { AgencyType } from './agency.types.js';
import { SubaccountType } from './subaccount.types.js';

@Resolver(() => SubaccountType)
export class AgencyResolver implements ProvidesNodes {
  readonly nodeFetchers: { readonly Agency: NodeFetcher };
  readonly #agencies: AgencyService;

  constructor(agencies: AgencyService) {
    this.#agencies = agencies;
    this.nodeFetchers = {
      Agency: { action: 'agency:read', fetch: (ctx, ids) => this.#fetch(ctx, ids) },
    };
  }

  @Access('agency:read')
  @Query(() => AgencyType, { description: "The caller's agency." })
  async agency(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('id', () => ID, { nullable: true, description: 'Which one; only the operator needs to say.' })
    id?: string | null,
  ): Promise<AgencyType> {
    const agencyId = id == null ? null : fromPublicId('Agency', id);
    return new AgencyType(await this.#agencies.getAgency(ctx, agencyId));
  }

  @Access('agency:read')
  @FieldResolver(() => AgencyType, { name: 'agency', description: 'The agency that it is a client of.' })
  async agencyOfSubaccount(
    @Root() { subaccount }: SubaccountType,
    @Ctx() context: GraphqlContext,
  ): Promise<AgencyType> {
    const agency = await context
      .loader<string, AgencyType | null>('agency', (ids) => this.#fetch(context.ctx, ids))
      .load(subaccount.agencyId);
    if (agency === null) throw kernelErrors.NOT_FOUND();
    return agency;
  }

  async #fetch(ctx: Context, ids: readonly string[]): Promise<(AgencyType | null)[]> {
    const agencies = await this.#agencies.findAgencies(ctx, ids);
    return inOrderOf(ids, agencies, (agency) => agency.id).map((agency) =>
      agency === null ? null : new AgencyType(agency),
    );
  }
}
