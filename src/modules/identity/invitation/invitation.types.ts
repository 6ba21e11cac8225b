import 'reflect-metadata';
import { Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { connectionTypes } from '../../../graphql/kit/connection.js';
import { Node } from '../../../graphql/kit/node.js';
import { DateTime } from '../../../graphql/kit/scalars.js';
import type { Role } from '../../../kernel/access.js';
import { RoleEnum } from '../role.types.js';
import { StandingInput, toStanding } from '../subaccount-role.types.js';
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
    super('Invitation', invitation.id, null);
    this.#now = now;
  }

  @Field(() => String, { description: 'The address that the user will log in with.' })
  get email(): string {
    return this.invitation.email;
  }

  @Field(() => RoleEnum, {
    description: 'What the user will be allowed to do; of different roles the strongest.',
  })
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
export class InviteUserInput extends StandingInput {
  @Field(() => String, { description: 'The address to log in with; unique within the agency.' })
  email = '';

  toRequest(): InvitationRequest {
    return { ...toStanding(this), email: this.email };
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
