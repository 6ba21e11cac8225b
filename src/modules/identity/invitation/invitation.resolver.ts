import 'reflect-metadata';
import { Arg, Args, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { Access, Public } from '../../../graphql/kit/access.js';
import { ConnectionArgs, toConnection } from '../../../graphql/kit/connection.js';
import type { Connection } from '../../../graphql/kit/connection.js';
import type { GraphqlContext } from '../../../graphql/kit/graphql-context.js';
import { inOrderOf } from '../../../graphql/kit/graphql-context.js';
import type { NodeFetcher, ProvidesNodes } from '../../../graphql/kit/node.js';
import type { Clock } from '../../../kernel/clock.js';
import { fromPublicId } from '../../../kernel/ids.js';
import { AgencyType, SubaccountType } from '../../tenancy/index.js';
import { LogInPayload } from '../login.types.js';
import { SubaccountRoleType } from '../subaccount-role.types.js';
import type { GivenSubaccount } from '../user.queries.js';
import type { InvitationService } from './invitation.service.js';
import {
  AcceptInvitationInput,
  InvitationConnection,
  InvitationInput,
  InvitationPayload,
  InvitationType,
  InviteUserInput,
  IssuedInvitationPayload,
} from './invitation.types.js';

@Resolver(() => InvitationType)
export class InvitationResolver implements ProvidesNodes {
  readonly nodeFetchers: { readonly Invitation: NodeFetcher };
  readonly #invitations: InvitationService;
  readonly #clock: Clock;

  constructor(invitations: InvitationService, clock: Clock) {
    this.#invitations = invitations;
    this.#clock = clock;
    this.nodeFetchers = {
      Invitation: {
        action: 'invitation:manage',
        fetch: async (ctx, ids) =>
          inOrderOf(ids, await invitations.findAll(ctx, ids), ({ id }) => id).map((invitation) =>
            invitation === null ? null : new InvitationType(invitation, clock.now()),
          ),
      },
    };
  }

  @Access('invitation:manage')
  @Mutation(() => IssuedInvitationPayload, {
    description: 'Invites a person into the agency for seven days. The token is shown this once.',
  })
  async inviteUser(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => InviteUserInput, { description: 'Whom to invite.' }) input: InviteUserInput,
  ): Promise<IssuedInvitationPayload> {
    const issued = await this.#invitations.create(ctx, input.toRequest());
    return new IssuedInvitationPayload(issued, this.#clock.now());
  }

  @Access('invitation:manage')
  @Mutation(() => IssuedInvitationPayload, {
    description: 'Makes another token for seven more days; the one before stops.',
  })
  async resendInvitation(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => InvitationInput, { description: 'Which invitation.' }) input: InvitationInput,
  ): Promise<IssuedInvitationPayload> {
    return new IssuedInvitationPayload(await this.#invitations.resend(ctx, idOf(input)), this.#clock.now());
  }

  @Access('invitation:manage')
  @Mutation(() => InvitationPayload, { description: 'Takes an invitation back.' })
  async revokeInvitation(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => InvitationInput, { description: 'Which invitation.' }) input: InvitationInput,
  ): Promise<InvitationPayload> {
    return new InvitationPayload(await this.#invitations.revoke(ctx, idOf(input)), this.#clock.now());
  }

  @Public('the token of the invitation is what lets somebody in')
  @Mutation(() => LogInPayload, { description: 'Makes the user who was invited, and logs in.' })
  async acceptInvitation(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => AcceptInvitationInput, { description: 'Who accepts.' }) input: AcceptInvitationInput,
  ): Promise<LogInPayload> {
    return new LogInPayload(await this.#invitations.accept(ctx, input.token, input));
  }

  @Access('subaccount:read')
  @FieldResolver(() => [SubaccountType], {
    description: 'The subaccounts that the user will see; empty for roles that see all of the agency.',
  })
  async subaccounts(@Root() root: InvitationType, @Ctx() context: GraphqlContext): Promise<SubaccountType[]> {
    return (await this.subaccountRoles(root, context)).map(({ subaccount }) => subaccount);
  }

  @Access('subaccount:read')
  @FieldResolver(() => [SubaccountRoleType], {
    description: 'The same subaccounts with what the user will be allowed to do in each.',
  })
  async subaccountRoles(
    @Root() { invitation }: InvitationType,
    @Ctx() context: GraphqlContext,
  ): Promise<SubaccountRoleType[]> {
    const given = await context
      .loader<string, GivenSubaccount[]>('subaccounts of invitations', (ids) =>
        this.#invitations.listSubaccounts(context.ctx, ids),
      )
      .load(invitation.id);
    return given.map((each) => new SubaccountRoleType(each));
  }
}

@Resolver(() => AgencyType)
export class AgencyInvitationsResolver {
  readonly #invitations: InvitationService;
  readonly #clock: Clock;

  constructor(invitations: InvitationService, clock: Clock) {
    this.#invitations = invitations;
    this.#clock = clock;
  }

  @Access('invitation:manage')
  @FieldResolver(() => InvitationConnection, {
    description: 'Its invitations, oldest first, also those that ended.',
  })
  async invitations(
    @Root() { agency }: AgencyType,
    @Args(() => ConnectionArgs) args: ConnectionArgs,
    @Ctx() { ctx }: GraphqlContext,
  ): Promise<Connection<InvitationType>> {
    const page = await this.#invitations.list(ctx, agency.id, args);
    return toConnection(page, (invitation) => new InvitationType(invitation, this.#clock.now()));
  }
}

function idOf({ invitationId }: InvitationInput): string {
  return fromPublicId('Invitation', invitationId, 'input.invitationId');
}
