import 'reflect-metadata';
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { StandingInput } from '../subaccount-role.types.js';
import { UserType } from '../user.types.js';
import type { Member } from '../user.writer.js';

@InputType('UserInput', { description: 'Which user.' })
export class UserInput {
  @Field(() => ID, { description: 'The user.' })
  userId = '';

  @Field(() => ID, { nullable: true, description: 'The agency; only the operator needs to say.' })
  agencyId?: string | null;
}

@InputType('UpdateUserInput', { description: 'What to change of a user; what is left out stays.' })
export class UpdateUserInput extends StandingInput {
  @Field(() => ID, { description: 'The user.' })
  userId = '';

  @Field(() => ID, { nullable: true, description: 'The agency; only the operator needs to say.' })
  agencyId?: string | null;
}

@InputType('ResetPasswordInput', { description: 'Another password for a user.' })
export class ResetPasswordInput extends UserInput {
  @Field(() => String, { description: 'The new password: 12 to 1024 characters.' })
  newPassword = '';
}

@InputType('ChangePasswordInput', { description: 'Another password for the caller.' })
export class ChangePasswordInput {
  @Field(() => String, { description: 'The password as it is.' })
  currentPassword = '';

  @Field(() => String, { description: 'The new password: 12 to 1024 characters.' })
  newPassword = '';
}

@ObjectType('UserPayload', { description: 'What a mutation of a user answers.' })
export class UserPayload {
  @Field(() => UserType, { description: 'The user as it is now.' })
  readonly user: UserType;

  constructor(member: Member) {
    this.user = new UserType(member);
  }
}
