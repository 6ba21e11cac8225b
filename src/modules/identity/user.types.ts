import 'reflect-metadata';
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { connectionTypes } from '../../graphql/kit/connection.js';
import { Node } from '../../graphql/kit/node.js';
import { DateTime } from '../../graphql/kit/scalars.js';
import type { Role } from '../../kernel/access.js';
import { RoleEnum } from './role.types.js';
import { StandingInput } from './subaccount-role.types.js';
import type { Member } from './user.writer.js';

@ObjectType('User', { implements: Node, description: 'A person who works for an agency.' })
export class UserType extends Node {
  constructor(readonly member: Member) {
    super('User', member.user.id, null);
  }

  @Field(() => String, { description: 'The e-mail address to log in with.' })
  get email(): string {
    return this.member.user.email;
  }

  @Field(() => RoleEnum, {
    nullable: true,
    description:
      'What the user may do. Of one with different roles the strongest that the caller may see; null for one who was removed.',
  })
  get role(): Role | null {
    return this.member.role;
  }

  @Field(() => DateTime, { description: 'When the user was created.' })
  get createdAt(): Date {
    return this.member.user.createdAt;
  }

  @Field(() => DateTime, { nullable: true, description: 'When the user was removed from the agency.' })
  get removedAt(): Date | null {
    return this.member.user.removedAt ?? null;
  }
}

@InputType('CreateUserInput', { description: 'A new user of an agency.' })
export class CreateUserInput extends StandingInput {
  @Field(() => RoleEnum, { description: "What the user may do: at most the caller's own role." })
  override role: Role = 'VIEWER';

  @Field(() => ID, { description: 'The agency.' })
  agencyId!: string;

  @Field(() => String, { description: 'The e-mail address to log in with; unique within the agency.' })
  email!: string;

  @Field(() => String, { description: 'The password: 12 to 1024 characters.' })
  password!: string;
}

@ObjectType('CreateUserPayload', { description: 'What createUser answers.' })
export class CreateUserPayload {
  @Field(() => UserType, { description: 'The user.' })
  readonly user: UserType;

  constructor(member: Member) {
    this.user = new UserType(member);
  }
}

export const { connection: UserConnection } = connectionTypes('User', UserType);
