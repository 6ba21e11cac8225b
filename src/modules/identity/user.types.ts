import 'reflect-metadata';
import { Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { connectionTypes } from '../../graphql/kit/connection.js';
import { Node } from '../../graphql/kit/node.js';
import { DateTime } from '../../graphql/kit/scalars.js';
import { ROLES } from '../../kernel/access.js';
import type { Role } from '../../kernel/access.js';
import type { Member } from './user.writer.js';

const ROLE_DESCRIPTIONS: Record<Role, string> = {
  AGENCY_OWNER: 'Everything in the agency; the only role that makes other owners.',
  AGENCY_ADMIN: 'Everything in the agency but making owners.',
  SUBACCOUNT_ADMIN: 'Everything in the subaccounts given, but no new users.',
  AGENT: 'Reads and sends messages in the subaccounts given.',
  VIEWER: 'Reads in the subaccounts given.',
};

export const RoleEnum = Object.fromEntries(ROLES.map((role) => [role, role]));
registerEnumType(RoleEnum, {
  name: 'Role',
  description: 'What a user may do.',
  valuesConfig: Object.fromEntries(ROLES.map((role) => [role, { description: ROLE_DESCRIPTIONS[role] }])),
});

@ObjectType('User', { implements: Node, description: 'A person who works for an agency.' })
export class UserType extends Node {
  constructor(readonly member: Member) {
    super('User', member.user.id);
  }

  @Field(() => String, { description: 'The e-mail address to log in with.' })
  get email(): string {
    return this.member.user.email;
  }

  @Field(() => RoleEnum, {
    nullable: true,
    description: 'What the user may do; null for one who was removed.',
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
export class CreateUserInput {
  @Field(() => ID, { description: 'The agency.' })
  agencyId!: string;

  @Field(() => String, { description: 'The e-mail address to log in with; unique within the agency.' })
  email!: string;

  @Field(() => String, { description: 'The password: 12 to 1024 characters.' })
  password!: string;

  @Field(() => RoleEnum, { description: "What the user may do: at most the caller's own role." })
  role!: Role;

  @Field(() => [ID], {
    nullable: true,
    description:
      'The subaccounts that the user sees: at least one, or none for roles that see all of the agency.',
  })
  subaccountIds?: string[] | null;
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
