import 'reflect-metadata';
import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { Access } from '../../graphql/kit/access.js';
import type { GraphqlContext } from '../../graphql/kit/graphql-context.js';
import { inOrderOf } from '../../graphql/kit/graphql-context.js';
import type { NodeFetcher, ProvidesNodes } from '../../graphql/kit/node.js';
import { fromPublicId } from '../../kernel/ids.js';
import { SubaccountType } from '../tenancy/index.js';
import type { ApiKeyService } from './api-key.service.js';
import {
  ApiKeyType,
  CreateApiKeyInput,
  CreateApiKeyPayload,
  RevokeApiKeyInput,
  RevokeApiKeyPayload,
} from './api-key.types.js';

@Resolver(() => ApiKeyType)
export class ApiKeyResolver implements ProvidesNodes {
  readonly nodeFetchers: { readonly ApiKey: NodeFetcher };
  readonly #apiKeys: ApiKeyService;

  constructor(apiKeys: ApiKeyService) {
    this.#apiKeys = apiKeys;
    this.nodeFetchers = {
      ApiKey: {
        action: 'api_key:read',
        fetch: async (ctx, ids) =>
          inOrderOf(ids, await apiKeys.findApiKeys(ctx, ids), (apiKey) => apiKey.id).map((apiKey) =>
            apiKey === null ? null : new ApiKeyType(apiKey),
          ),
      },
    };
  }

  @Access('api_key:create')
  @Mutation(() => CreateApiKeyPayload, { description: 'Creates a key; its secret is shown this once.' })
  async createApiKey(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => CreateApiKeyInput, { description: 'The new key.' }) input: CreateApiKeyInput,
  ): Promise<CreateApiKeyPayload> {
    const { agencyId, subaccountId } = input;
    const created = await this.#apiKeys.createApiKey(ctx, {
      agencyId: agencyId == null ? null : fromPublicId('Agency', agencyId, 'input.agencyId'),
      subaccountId:
        subaccountId == null ? null : fromPublicId('Subaccount', subaccountId, 'input.subaccountId'),
      name: input.name,
      scopes: input.scopes,
      expiresAt: input.expiresAt ?? null,
    });
    return new CreateApiKeyPayload(created);
  }

  @Access('api_key:revoke')
  @Mutation(() => RevokeApiKeyPayload, {
    description: 'Stops a key at once, and what is subscribed with it within five seconds.',
  })
  async revokeApiKey(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => RevokeApiKeyInput, { description: 'The key to stop.' }) input: RevokeApiKeyInput,
  ): Promise<RevokeApiKeyPayload> {
    const id = fromPublicId('ApiKey', input.apiKeyId, 'input.apiKeyId');
    const agencyId = input.agencyId == null ? null : fromPublicId('Agency', input.agencyId, 'input.agencyId');
    return new RevokeApiKeyPayload(await this.#apiKeys.revokeApiKey(ctx, id, agencyId));
  }

  @Access('subaccount:read')
  @FieldResolver(() => SubaccountType, {
    nullable: true,
    description: "The subaccount that it belongs to; null for the agency's own key.",
  })
  async subaccount(@Root() { apiKey }: ApiKeyType, @Ctx() context: GraphqlContext): Promise<object | null> {
    const { subaccountId } = apiKey;
    return subaccountId == null ? null : context.nodes.find(context, 'Subaccount', subaccountId);
  }
}
