import 'reflect-metadata';
import { Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { connectionTypes } from '../../../graphql/kit/connection.js';
import { Node } from '../../../graphql/kit/node.js';
import { DateTime } from '../../../graphql/kit/scalars.js';
import type { Role } from '../../../kernel/access.js';
import { fromPublicId } from '../../../kernel/ids.js';
import { RoleEnum } from '../user.types.js';
import { INVITATION_STATUSES } from './invitation.entity.js';
import type { Invitation, InvitationStatus } from './invitation.entity.js';
import type { InvitationRequest, IssuedInvitation } from './invitation.service.js';

const STATUS_DESCRIPTIONS: Record<InvitationStatus, string> = {
  PENDING: 'Whoever has the token may accept it.',
  ACCEPTED: 'It made a user.',
  REVOKED: 'It was taken back.',
  EXPIRED: 'Its seven days are over; it can be sent again.',
};

const InvitationStatusEnum = Object.fromEntries(INVITATION_STATUSES.map((status) => [status, status]));
registerEnumType(InvitationStatusEnum, {
  name: 'InvitationStatus',
  description: 'What became of an invitation.',
  valuesConfig: Object.fromEntries(
    Object.entries(STATUS_DESCRIPTIONS).map(([status, description]) => [status, { description }]),
  ),
});

@ObjectType('Invitation', {
  implements: Node,
  description: 'That somebody may become a user of the agency. Its token cannot be read again.',
})
export class InvitationType extends Node {
  readonly #now: Date;

  constructor(
    readonly invitation: Invitation,
    now: Date,
  ) {
    super('Invitation', invitation.id);
    this.#now = now;
  }

  @Field(() => String, { description: 'The address that the user will log in with.' })
  get email(): string {
    return this.invitation.email;
  }

  @Field(() => RoleEnum, { description: 'What the user will be allowed to do.' })
  get role(): Role {
    return this.invitation.role;
  }

  @Field(() => InvitationStatusEnum, { description: 'What became of it.' })
  get status(): InvitationStatus {
    return this.invitation.statusAt(this.#now);
  }

  @Field(() => DateTime, { description: 'When it was made.' })
  get createdAt(): Date {
    return this.invitation.createdAt;
  }

  @Field(() => DateTime, { description: 'When its token ends.' })
  get expiresAt(): Date {
    return this.invitation.expiresAt;
  }
}

@InputType('InviteUserInput', { description: 'Whom to invite.' })
export class InviteUserInput {
  @Field(() => String, { description: 'The address to log in with; unique within the agency.' })
  email = '';

  @Field(() => RoleEnum, { description: "What the user may do: at most the caller's own role." })
  role: Role = 'VIEWER';

  @Field(() => [ID], {
    nullable: true,
    description:
      'The subaccounts that the user sees: at least one, or none for roles that see all of the agency.',
  })
  subaccountIds?: string[] | null;

  toRequest(): InvitationRequest {
    const { email, role, subaccountIds } = this;
    const ids = (subaccountIds ?? []).map((id, index) =>
      fromPublicId('Subaccount', id, `input.subaccountIds.${index}`),
    );
    return { email, role, subaccountIds: ids };
  }
}

@InputType('InvitationInput', { description: 'Which invitation.' })
export class InvitationInput {
  @Field(() => ID, { description: 'The invitation.' })
  invitationId = '';
}

@InputType('AcceptInvitationInput', { description: 'Who accepts.' })
export class AcceptInvitationInput {
  @Field(() => String, { description: 'The token of the invitation.' })
  token = '';

  @Field(() => String, { description: 'The password to log in with from now on: 12 to 1024 characters.' })
  password = '';
}

@ObjectType('InvitationPayload', { description: 'What a mutation of an invitation answers.' })
export class InvitationPayload {
  @Field(() => InvitationType, { description: 'The invitation as it is now.' })
  readonly invitation: InvitationType;

  constructor(invitation: Invitation, now: Date) {
    this.invitation = new InvitationType(invitation, now);
  }
}

@ObjectType('IssuedInvitationPayload', { description: 'An invitation with its token.' })
export class IssuedInvitationPayload extends InvitationPayload {
  @Field(() => String, {
    description: 'To be passed on to the person; it is shown this once. `acceptInvitation` takes it.',
  })
  readonly token: string;

  constructor({ invitation, token }: IssuedInvitation, now: Date) {
    super(invitation, now);
    this.token = token;
  }
}

export const { connection: InvitationConnection } = connectionTypes('Invitation', InvitationType);
