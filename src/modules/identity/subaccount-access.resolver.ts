import 'reflect-metadata';
import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { Access } from '../../graphql/kit/access.js';
import { ConnectionArgs, toConnection } from '../../graphql/kit/connection.js';
import type { Connection } from '../../graphql/kit/connection.js';
import type { GraphqlContext } from '../../graphql/kit/graphql-context.js';
import { SubaccountType } from '../tenancy/index.js';
import type { ApiKeyService } from './api-key.service.js';
import { ApiKeyConnection, ApiKeyType } from './api-key.types.js';

/** Which keys open one subaccount alone. */
@Resolver(() => SubaccountType)
export class SubaccountAccessResolver {
  readonly #apiKeys: ApiKeyService;

  constructor(apiKeys: ApiKeyService) {
    this.#apiKeys = apiKeys;
  }

  @Access('api_key:read')
  @FieldResolver(() => ApiKeyConnection, { description: 'Its keys, oldest first.' })
  async apiKeys(
    @Root() { subaccount }: SubaccountType,
    @Args(() => ConnectionArgs) args: ConnectionArgs,
    @Ctx() { ctx }: GraphqlContext,
  ): Promise<Connection<ApiKeyType>> {
    const page = await this.#apiKeys.listApiKeys(ctx, { subaccountId: subaccount.id }, args);
    return toConnection(page, (apiKey) => new ApiKeyType(apiKey));
  }
}
