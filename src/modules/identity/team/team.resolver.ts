import 'reflect-metadata';
import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { Access } from '../../../graphql/kit/access.js';
import { toConnection } from '../../../graphql/kit/connection.js';
import type { Connection } from '../../../graphql/kit/connection.js';
import type { GraphqlContext } from '../../../graphql/kit/graphql-context.js';
import { inOrderOf } from '../../../graphql/kit/graphql-context.js';
import type { NodeFetcher, ProvidesNodes } from '../../../graphql/kit/node.js';
import { DeletePayloadType } from '../../../graphql/kit/payload.types.js';
import { fromPublicId, toPublicId } from '../../../kernel/ids.js';
import { SubaccountType } from '../../tenancy/index.js';
import { UserType } from '../user.types.js';
import type { TeamService } from './team.service.js';
import {
  CreateTeamInput,
  TeamConnection,
  TeamConnectionArgs,
  TeamInput,
  TeamMembersInput,
  TeamPayload,
  TeamType,
  UpdateTeamInput,
} from './team.types.js';

@Resolver(() => TeamType)
export class TeamResolver implements ProvidesNodes {
  readonly nodeFetchers: { readonly Team: NodeFetcher };
  readonly #teams: TeamService;

  constructor(teams: TeamService) {
    this.#teams = teams;
    this.nodeFetchers = {
      Team: {
        action: 'team:read',
        fetch: async (ctx, ids) =>
          inOrderOf(ids, await teams.findAll(ctx, ids), (team) => team.id).map((team) =>
            team === null ? null : new TeamType(team),
          ),
      },
    };
  }

  @Access('team:read')
  @Query(() => TeamType, { description: 'One team.' })
  async team(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
  ): Promise<TeamType> {
    return new TeamType(await this.#teams.get(ctx, fromPublicId('Team', id)));
  }

  @Access('team:manage')
  @Mutation(() => TeamPayload, { description: 'Adds a team to a subaccount.' })
  async createTeam(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => CreateTeamInput, { description: 'The new team.' }) input: CreateTeamInput,
  ): Promise<TeamPayload> {
    return new TeamPayload(await this.#teams.create(ctx, input.toRequest()));
  }

  @Access('team:manage')
  @Mutation(() => TeamPayload, { description: 'Gives a team another name.' })
  async updateTeam(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => UpdateTeamInput, { description: 'What to change.' }) input: UpdateTeamInput,
  ): Promise<TeamPayload> {
    return new TeamPayload(await this.#teams.rename(ctx, idOf(input), { name: input.name }));
  }

  @Access('team:manage')
  @Mutation(() => TeamPayload, {
    description: 'Adds users who work for the subaccount to a team. A user may be in several.',
  })
  async addTeamMembers(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => TeamMembersInput, { description: 'Whom to add.' }) input: TeamMembersInput,
  ): Promise<TeamPayload> {
    return new TeamPayload(await this.#teams.addMembers(ctx, idOf(input), input.users));
  }

  @Access('team:manage')
  @Mutation(() => TeamPayload, { description: 'Takes users out of a team.' })
  async removeTeamMembers(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => TeamMembersInput, { description: 'Whom to take out.' }) input: TeamMembersInput,
  ): Promise<TeamPayload> {
    return new TeamPayload(await this.#teams.removeMembers(ctx, idOf(input), input.users));
  }

  @Access('team:manage')
  @Mutation(() => DeletePayloadType, { description: 'Deletes a team. Its members stay users.' })
  async deleteTeam(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => TeamInput, { description: 'Which team.' }) input: TeamInput,
  ): Promise<DeletePayloadType> {
    await this.#teams.delete(ctx, idOf(input));
    return new DeletePayloadType(input.teamId);
  }

  @Access('team:read')
  @FieldResolver(() => [ID], {
    description: 'The ids of its members, those who came first before the others.',
  })
  async memberIds(@Root() { team }: TeamType, @Ctx() context: GraphqlContext): Promise<string[]> {
    return (await this.#membersOf(team.id, context)).map((id) => toPublicId('User', id));
  }

  @Access('user:read')
  @FieldResolver(() => [UserType], { description: 'Its members that the caller may see.' })
  async members(@Root() { team }: TeamType, @Ctx() context: GraphqlContext): Promise<object[]> {
    const ids = await this.#membersOf(team.id, context);
    const users = await Promise.all(ids.map((id) => context.nodes.find(context, 'User', id)));
    return users.filter((user) => user !== null);
  }

  #membersOf(teamId: string, context: GraphqlContext): Promise<string[]> {
    const load = async (ids: readonly string[]): Promise<string[][]> => {
      const members = await this.#teams.findMemberIds(context.ctx, ids);
      return ids.map((id) => members.get(id) ?? []);
    };
    return context.loader<string, string[]>('members of teams', load).load(teamId);
  }
}

@Resolver(() => SubaccountType)
export class SubaccountTeamsResolver {
  readonly #teams: TeamService;

  constructor(teams: TeamService) {
    this.#teams = teams;
  }

  @Access('team:read')
  @FieldResolver(() => TeamConnection, { description: 'Its teams, oldest first.' })
  async teams(
    @Root() { subaccount }: SubaccountType,
    @Args(() => TeamConnectionArgs) args: TeamConnectionArgs,
    @Ctx() { ctx }: GraphqlContext,
  ): Promise<Connection<TeamType>> {
    const page = await this.#teams.list(ctx, subaccount.id, args, args.memberId);
    return toConnection(page, (team) => new TeamType(team));
  }
}

function idOf({ teamId }: { readonly teamId: string }): string {
  return fromPublicId('Team', teamId, 'input.teamId');
}
