import 'reflect-metadata';
import { Ctx, FieldResolver, Query, Resolver } from 'type-graphql';
import { Authenticated } from '../../graphql/kit/access.js';
import type { GraphqlContext } from '../../graphql/kit/graphql-context.js';
import type { Role } from '../../kernel/access.js';
import { AgencyType } from '../tenancy/index.js';
import type { ApiKeyService } from './api-key.service.js';
import { ApiKeyType } from './api-key.types.js';
import type { UserService } from './user.service.js';
import { RoleEnum } from './role.types.js';
import { UserType } from './user.types.js';
import { ViewerType } from './viewer.types.js';

const OWN = 'everybody may know who they are';

@Resolver(() => ViewerType)
export class ViewerResolver {
  readonly #users: UserService;
  readonly #apiKeys: ApiKeyService;

  constructor(users: UserService, apiKeys: ApiKeyService) {
    this.#users = users;
    this.#apiKeys = apiKeys;
  }

  @Authenticated(OWN)
  @Query(() => ViewerType, { description: 'The caller.' })
  viewer(@Ctx() { ctx }: GraphqlContext): ViewerType {
    return new ViewerType(ctx);
  }

  @Authenticated(OWN)
  @FieldResolver(() => UserType, { nullable: true, description: 'The user, when the caller is one.' })
  async user(@Ctx() { ctx }: GraphqlContext): Promise<UserType | null> {
    if (ctx.actor.kind !== 'user') return null;
    const [member] = await this.#users.findMembers(ctx, [ctx.actor.userId]);
    return member === undefined ? null : new UserType(member);
  }

  @Authenticated(OWN)
  @FieldResolver(() => RoleEnum, {
    nullable: true,
    description: 'The role, when the caller is a user; of different roles the strongest.',
  })
  async role(@Ctx() context: GraphqlContext): Promise<Role | null> {
    return (await this.user(context))?.role ?? null;
  }

  @Authenticated(OWN)
  @FieldResolver(() => ApiKeyType, { nullable: true, description: 'The key, when the caller has one.' })
  async apiKey(@Ctx() { ctx }: GraphqlContext): Promise<ApiKeyType | null> {
    if (ctx.actor.kind !== 'api_key') return null;
    const [apiKey] = await this.#apiKeys.findApiKeys(ctx, [ctx.actor.apiKeyId]);
    return apiKey === undefined ? null : new ApiKeyType(apiKey);
  }

  @Authenticated(OWN)
  @FieldResolver(() => AgencyType, {
    nullable: true,
    description: "The caller's agency, when it has one and may read it.",
  })
  async agency(@Ctx() context: GraphqlContext): Promise<object | null> {
    const { scope } = context.ctx;
    return scope === null ? null : context.nodes.findVisible(context, 'Agency', scope.agencyId);
  }
}
