import 'reflect-metadata';
import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { Access } from '../../graphql/kit/access.js';
import type { GraphqlContext } from '../../graphql/kit/graphql-context.js';
import { inOrderOf } from '../../graphql/kit/graphql-context.js';
import type { NodeFetcher, ProvidesNodes } from '../../graphql/kit/node.js';
import { fromPublicId } from '../../kernel/ids.js';
import { SubaccountType } from '../tenancy/index.js';
import { SubaccountRoleType, toStanding } from './subaccount-role.types.js';
import type { GivenSubaccount } from './user.queries.js';
import type { User } from './user.entity.js';
import type { UserService } from './user.service.js';
import { CreateUserInput, CreateUserPayload, UserType } from './user.types.js';

@Resolver(() => UserType)
export class UserResolver implements ProvidesNodes {
  readonly nodeFetchers: { readonly User: NodeFetcher };
  readonly #users: UserService;

  constructor(users: UserService) {
    this.#users = users;
    this.nodeFetchers = {
      User: {
        action: 'user:read',
        fetch: async (ctx, ids) =>
          inOrderOf(ids, await users.findMembers(ctx, ids), ({ user }) => user.id).map((member) =>
            member === null ? null : new UserType(member),
          ),
      },
    };
  }

  @Access('user:create')
  @Mutation(() => CreateUserPayload, { description: 'Adds a person to an agency.' })
  async createUser(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => CreateUserInput, { description: 'The new user.' }) input: CreateUserInput,
  ): Promise<CreateUserPayload> {
    const member = await this.#users.createUser(ctx, {
      agencyId: fromPublicId('Agency', input.agencyId, 'input.agencyId'),
      email: input.email,
      password: input.password,
      ...toStanding(input),
    });
    return new CreateUserPayload(member);
  }

  @Access('subaccount:read')
  @FieldResolver(() => [SubaccountType], {
    description: 'The subaccounts that the user was given; empty for roles that see all of the agency.',
  })
  async subaccounts(@Root() root: UserType, @Ctx() context: GraphqlContext): Promise<SubaccountType[]> {
    return (await this.subaccountRoles(root, context)).map(({ subaccount }) => subaccount);
  }

  @Access('subaccount:read')
  @FieldResolver(() => [SubaccountRoleType], {
    description: 'The same subaccounts with what the user may do in each.',
  })
  async subaccountRoles(
    @Root() { member }: UserType,
    @Ctx() context: GraphqlContext,
  ): Promise<SubaccountRoleType[]> {
    const given = await context
      .loader<User, GivenSubaccount[]>('subaccounts of user', (users) =>
        this.#users.listGivenSubaccounts(context.ctx, users),
      )
      .load(member.user);
    return given.map((each) => new SubaccountRoleType(each));
  }
}
