import 'reflect-metadata';
import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { Access, Authenticated } from '../../graphql/kit/access.js';
import { ConnectionArgs, toConnection } from '../../graphql/kit/connection.js';
import type { Connection } from '../../graphql/kit/connection.js';
import type { GraphqlContext } from '../../graphql/kit/graphql-context.js';
import { SubaccountType } from '../tenancy/index.js';
import type { ApiKeyService } from './api-key.service.js';
import { ApiKeyConnection, ApiKeyType } from './api-key.types.js';

/** Who may do what in a subaccount. */
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

  @Authenticated('everybody may know what they may do')
  @FieldResolver(() => [String], { description: 'The actions that the caller is allowed here, sorted.' })
  viewerActions(@Root() { subaccount }: SubaccountType, @Ctx() { ctx }: GraphqlContext): string[] {
    return [...ctx.actionsIn(subaccount.id)].sort();
  }
}
