import 'reflect-metadata';
import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { fromPublicId } from '../../../kernel/ids.js';
import type { Assignment } from '../../messaging/index.js';

@InputType('HandOverConversationsInput', {
  description: 'Whose conversations somebody else looks after from now on.',
})
export class HandOverConversationsInput {
  @Field(() => ID, { description: 'The subaccount.' })
  subaccountId = '';

  @Field(() => ID, { description: 'The user who has them now.' })
  fromUserId = '';

  @Field(() => ID, {
    nullable: true,
    description: 'Who gets them; left out: nobody, so that rules may choose.',
  })
  toUserId?: string | null;

  @Field(() => ID, { nullable: true, description: 'The team that gets them; left out: their team stays.' })
  toTeamId?: string | null;

  toHandover(): { readonly subaccountId: string; readonly from: string; readonly to: Assignment } {
    const { toUserId, toTeamId } = this;
    return {
      subaccountId: fromPublicId('Subaccount', this.subaccountId, 'input.subaccountId'),
      from: fromPublicId('User', this.fromUserId, 'input.fromUserId'),
      to: {
        assigneeId: toUserId == null ? null : fromPublicId('User', toUserId, 'input.toUserId'),
        ...(toTeamId != null && { teamId: fromPublicId('Team', toTeamId, 'input.toTeamId') }),
      },
    };
  }
}

@ObjectType('HandOverConversationsPayload', { description: 'What was handed over.' })
export class HandOverConversationsPayload {
  @Field(() => Int, { description: 'How many conversations.' })
  readonly count: number;

  @Field(() => Boolean, { description: 'Whether the user has more: call it again.' })
  readonly hasMore: boolean;

  constructor({ count, hasMore }: { readonly count: number; readonly hasMore: boolean }) {
    this.count = count;
    this.hasMore = hasMore;
  }
}
