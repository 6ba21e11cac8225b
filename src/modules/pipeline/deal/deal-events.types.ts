import 'reflect-metadata';
import { ArgsType, Field, ID, ObjectType } from 'type-graphql';
import { EventType } from '../../../graphql/kit/event.types.js';
import { EventCursor } from '../../../graphql/kit/scalars.js';
import type { EventCursor as Cursor } from '../../../kernel/events.js';
import { toPublicId } from '../../../kernel/ids.js';

@ObjectType('DealUpdated', {
  implements: EventType,
  description: 'A deal was opened, changed, moved, won, lost or deleted; the topic says which.',
})
export class DealUpdatedType extends EventType {
  @Field(() => ID, { description: 'The id of the deal, also after it is gone.' })
  get dealId(): string {
    return toPublicId('Deal', String(this.event.payload['dealId']));
  }

  @Field(() => ID, { nullable: true, description: 'The stage that it left, of a deal that was moved.' })
  get fromStageId(): string | null {
    const { fromStageId } = this.event.payload;
    return typeof fromStageId === 'string' ? toPublicId('Stage', fromStageId) : null;
  }
}

@ArgsType()
export class DealEventArgs {
  @Field(() => ID, { description: 'The subaccount to follow.' })
  subaccountId = '';

  @Field(() => ID, { nullable: true, description: 'Only deals of this pipeline.' })
  pipelineId?: string | null;

  @Field(() => EventCursor, {
    nullable: true,
    description: 'Cursor of the last event seen: nothing after it is missed. Left out: from now on.',
  })
  after?: Cursor | null;
}
