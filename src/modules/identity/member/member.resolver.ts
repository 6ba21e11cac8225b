import 'reflect-metadata';
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { Access, Authenticated } from '../../../graphql/kit/access.js';
import type { GraphqlContext } from '../../../graphql/kit/graphql-context.js';
import { DeletePayloadType } from '../../../graphql/kit/payload.types.js';
import { fromPublicId } from '../../../kernel/ids.js';
import { toStanding } from '../subaccount-role.types.js';
import type { MemberService } from './member.service.js';
import {
  ChangePasswordInput,
  ResetPasswordInput,
  UpdateUserInput,
  UserInput,
  UserPayload,
} from './member.types.js';
import type { PasswordService } from './password.service.js';

@Resolver()
export class MemberResolver {
  readonly #members: MemberService;
  readonly #passwords: PasswordService;

  constructor(members: MemberService, passwords: PasswordService) {
    this.#members = members;
    this.#passwords = passwords;
  }

  @Access('user:update')
  @Mutation(() => UserPayload, {
    description:
      'Gives a user another role, other subaccounts, or a role in each of them. An agency keeps at least one owner.',
  })
  async updateUser(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => UpdateUserInput, { description: 'What to change.' }) input: UpdateUserInput,
  ): Promise<UserPayload> {
    const { userId, agencyId } = idsOf(input);
    return new UserPayload(await this.#members.update(ctx, userId, toStanding(input), agencyId));
  }

  @Access('user:remove')
  @Mutation(() => DeletePayloadType, {
    description:
      'Lets a user go: sessions end at once, what the user did stays. The address may be invited again.',
  })
  async removeUser(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => UserInput, { description: 'Which user.' }) input: UserInput,
  ): Promise<DeletePayloadType> {
    const { userId, agencyId } = idsOf(input);
    await this.#members.remove(ctx, userId, agencyId);
    return new DeletePayloadType(input.userId);
  }

  @Access('user:reset_password')
  @Mutation(() => UserPayload, {
    description: 'Gives a user who is not above the caller another password, and ends their sessions.',
  })
  async resetPassword(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => ResetPasswordInput, { description: 'The new password.' }) input: ResetPasswordInput,
  ): Promise<UserPayload> {
    const { userId, agencyId } = idsOf(input);
    return new UserPayload(await this.#passwords.reset(ctx, userId, input, agencyId));
  }

  @Authenticated('every user may change their own')
  @Mutation(() => UserPayload, {
    description: "Gives the caller another password, and ends the caller's other sessions.",
  })
  async changePassword(
    @Ctx() { ctx, ipAddress }: GraphqlContext,
    @Arg('input', () => ChangePasswordInput, { description: 'The old and the new password.' })
    input: ChangePasswordInput,
  ): Promise<UserPayload> {
    return new UserPayload(await this.#passwords.change(ctx, input, ipAddress));
  }
}

function idsOf({ userId, agencyId }: Pick<UserInput, 'userId' | 'agencyId'>): {
  readonly userId: string;
  readonly agencyId: string | null;
} {
  return {
    userId: fromPublicId('User', userId, 'input.userId'),
    agencyId: agencyId == null ? null : fromPublicId('Agency', agencyId, 'input.agencyId'),
  };
}
