import 'reflect-metadata';
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { Access } from '../../graphql/kit/access.js';
import type { GraphqlContext } from '../../graphql/kit/graphql-context.js';
import type { AgencyFoundingService } from './agency-founding.service.js';
import { CreateAgencyInput, CreateAgencyPayload } from './agency-founding.types.js';

@Resolver()
export class AgencyFoundingResolver {
  readonly #founding: AgencyFoundingService;

  constructor(founding: AgencyFoundingService) {
    this.#founding = founding;
  }

  @Access('agency:create')
  @Mutation(() => CreateAgencyPayload, { description: 'Creates an agency and its owner; for the operator.' })
  async createAgency(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => CreateAgencyInput, { description: 'The new agency.' }) input: CreateAgencyInput,
  ): Promise<CreateAgencyPayload> {
    return new CreateAgencyPayload(await this.#founding.createAgency(ctx, input));
  }
}
