import 'reflect-metadata';
import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { Access } from '../../graphql/kit/access.js';
import { ConnectionArgs, toConnection } from '../../graphql/kit/connection.js';
import type { Connection } from '../../graphql/kit/connection.js';
import type { GraphqlContext } from '../../graphql/kit/graphql-context.js';
import { AgencyType } from '../tenancy/index.js';
import type { ApiKeyService } from './api-key.service.js';
import { ApiKeyConnection, ApiKeyType } from './api-key.types.js';
import type { UserService } from './user.service.js';
import { UserConnection, UserType } from './user.types.js';

/** Who has access to an agency. */
@Resolver(() => AgencyType)
export class AgencyAccessResolver {
  readonly #users: UserService;
  readonly #apiKeys: ApiKeyService;

  constructor(users: UserService, apiKeys: ApiKeyService) {
    this.#users = users;
    this.#apiKeys = apiKeys;
  }

  @Access('user:read')
  @FieldResolver(() => UserConnection, {
    description:
      'Its users, oldest first. Callers confined to subaccounts see the users that share one of them.',
  })
  async users(
    @Root() { agency }: AgencyType,
    @Args(() => ConnectionArgs) args: ConnectionArgs,
    @Ctx() { ctx }: GraphqlContext,
  ): Promise<Connection<UserType>> {
    const page = await this.#users.listMembers(ctx, agency.id, args);
    return toConnection(page, (member) => new UserType(member));
  }

  @Access('api_key:read')
  @FieldResolver(() => ApiKeyConnection, {
    description: 'Its own keys and those of its subaccounts that the caller may see, oldest first.',
  })
  async apiKeys(
    @Root() { agency }: AgencyType,
    @Args(() => ConnectionArgs) args: ConnectionArgs,
    @Ctx() { ctx }: GraphqlContext,
  ): Promise<Connection<ApiKeyType>> {
    const page = await this.#apiKeys.listApiKeys(ctx, { agencyId: agency.id }, args);
    return toConnection(page, (apiKey) => new ApiKeyType(apiKey));
  }
}
