import 'reflect-metadata';
import { ArgsType, Field, ID, InputType, ObjectType } from 'type-graphql';
import { ConnectionArgs, connectionTypes } from '../../../graphql/kit/connection.js';
import { Node } from '../../../graphql/kit/node.js';
import { DateTime } from '../../../graphql/kit/scalars.js';
import { fromPublicId } from '../../../kernel/ids.js';
import type { Team } from './team.entity.js';
import type { NewTeam } from './team.input.js';

@ObjectType('Team', {
  implements: Node,
  description: 'People of a subaccount who share work, such as sales or support.',
})
export class TeamType extends Node {
  constructor(readonly team: Team) {
    super('Team', team.id, team.subaccountId);
  }

  @Field(() => String, { description: 'What it is called.' })
  get name(): string {
    return this.team.name;
  }

  @Field(() => DateTime, { description: 'When it was created.' })
  get createdAt(): Date {
    return this.team.createdAt;
  }

  @Field(() => DateTime, { description: 'When its name or its members changed last.' })
  get updatedAt(): Date {
    return this.team.updatedAt;
  }
}

@InputType('CreateTeamInput', { description: 'A new team.' })
export class CreateTeamInput {
  @Field(() => ID, { description: 'The subaccount that it belongs to.' })
  subaccountId = '';

  @Field(() => String, {
    description: 'What to call it: 1 to 100 characters, unlike any other team of the subaccount.',
  })
  name = '';

  @Field(() => [ID], {
    nullable: true,
    description: 'Users who work for the subaccount; at most 500.',
  })
  memberIds?: string[] | null;

  toRequest(): NewTeam {
    return {
      subaccountId: fromPublicId('Subaccount', this.subaccountId, 'input.subaccountId'),
      name: this.name,
      memberIds: userIdsOf(this.memberIds ?? [], 'input.memberIds'),
    };
  }
}

@InputType('UpdateTeamInput', { description: 'What to change of a team.' })
export class UpdateTeamInput {
  @Field(() => ID, { description: 'The team.' })
  teamId = '';

  @Field(() => String, {
    description: 'What to call it: 1 to 100 characters, unlike any other team of the subaccount.',
  })
  name = '';
}

@InputType('TeamMembersInput', { description: 'Users of a team.' })
export class TeamMembersInput {
  @Field(() => ID, { description: 'The team.' })
  teamId = '';

  @Field(() => [ID], { description: 'The users; at most 500.' })
  userIds: string[] = [];

  get users(): string[] {
    return userIdsOf(this.userIds, 'input.userIds');
  }
}

@InputType('TeamInput', { description: 'Which team.' })
export class TeamInput {
  @Field(() => ID, { description: 'The team.' })
  teamId = '';
}

@ObjectType('TeamPayload', { description: 'What a mutation of a team answers.' })
export class TeamPayload {
  @Field(() => TeamType, { description: 'The team as it is now.' })
  readonly team: TeamType;

  constructor(team: Team) {
    this.team = new TeamType(team);
  }
}

@InputType('TeamFilter', { description: 'Which teams.' })
export class TeamFilter {
  @Field(() => ID, { nullable: true, description: 'Those that this user is in.' })
  memberId?: string | null;
}

@ArgsType()
export class TeamConnectionArgs extends ConnectionArgs {
  @Field(() => TeamFilter, { nullable: true, description: 'Which teams.' })
  filter?: TeamFilter | null;

  get memberId(): string | null {
    const memberId = this.filter?.memberId;
    return memberId == null ? null : fromPublicId('User', memberId, 'filter.memberId');
  }
}

function userIdsOf(ids: readonly string[], path: string): string[] {
  return ids.map((id, index) => fromPublicId('User', id, `${path}.${index}`));
}

export const { connection: TeamConnection } = connectionTypes('Team', TeamType);
