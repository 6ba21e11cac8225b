import 'reflect-metadata';
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import type { Role } from '../../../kernel/access.js';
import { fromPublicId } from '../../../kernel/ids.js';
import { RoleEnum, UserType } from '../user.types.js';
import type { Member } from '../user.writer.js';
import type { MemberChanges } from './member.service.js';

@InputType('UserInput', { description: 'Which user.' })
export class UserInput {
  @Field(() => ID, { description: 'The user.' })
  userId = '';

  @Field(() => ID, { nullable: true, description: 'The agency; only the operator needs to say.' })
  agencyId?: string | null;
}

@InputType('UpdateUserInput', { description: 'What to change of a user; what is left out stays.' })
export class UpdateUserInput extends UserInput {
  @Field(() => RoleEnum, {
    nullable: true,
    description: "What the user may do: at most the caller's own role.",
  })
  role?: Role | null;

  @Field(() => [ID], {
    nullable: true,
    description:
      'All subaccounts that the user sees from now on: at least one, or none for roles that see all of the agency.',
  })
  subaccountIds?: string[] | null;

  toChanges(): MemberChanges {
    return {
      role: this.role ?? undefined,
      subaccountIds: this.subaccountIds?.map((id, index) =>
        fromPublicId('Subaccount', id, `input.subaccountIds.${index}`),
      ),
    };
  }
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
