import 'reflect-metadata';
import { ArgsType, Field, ID, ObjectType } from 'type-graphql';
import { EventType } from '../../../graphql/kit/event.types.js';
import { EventCursor } from '../../../graphql/kit/scalars.js';
import type { EventCursor as Cursor } from '../../../kernel/events.js';
import { toPublicId } from '../../../kernel/ids.js';
import { ConversationChangeEnum } from './conversation.enums.types.js';
import { CONVERSATION_CHANGES } from './conversation.events.js';
import type { ConversationChange } from './conversation.events.js';

@ObjectType('ConversationUpdated', {
  implements: EventType,
  description:
    'A conversation began, changed or was read, or a note about it was written; the topic says which.',
})
export class ConversationUpdatedType extends EventType {
  @Field(() => ID, { description: 'The id of the conversation, also after it was merged into another one.' })
  get conversationId(): string {
    return toPublicId('Conversation', String(this.event.payload['conversationId']));
  }

  @Field(() => [ConversationChangeEnum], { description: 'What became different.' })
  get changed(): ConversationChange[] {
    const { changed } = this.event.payload;
    return Array.isArray(changed) ? CONVERSATION_CHANGES.filter((each) => changed.includes(each)) : [];
  }

  @Field(() => ID, { nullable: true, description: 'Who read it, of a conversation that a user read.' })
  get readById(): string | null {
    const { userId } = this.event.payload;
    return typeof userId === 'string' ? toPublicId('User', userId) : null;
  }

  @Field(() => ID, { nullable: true, description: 'The note, of a note that was written or deleted.' })
  get conversationNoteId(): string | null {
    const { noteId } = this.event.payload;
    return typeof noteId === 'string' ? toPublicId('ConversationNote', noteId) : null;
  }

  @Field(() => [ID], { description: 'The users whom a note that was written names.' })
  get mentionedUserIds(): string[] {
    const { mentionedUserIds } = this.event.payload;
    return Array.isArray(mentionedUserIds)
      ? mentionedUserIds.map((id) => toPublicId('User', String(id)))
      : [];
  }
}

@ArgsType()
export class ConversationEventArgs {
  @Field(() => ID, { description: 'The subaccount to follow.' })
  subaccountId = '';

  @Field(() => ID, { nullable: true, description: 'Only conversations of this device.' })
  deviceId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Only this conversation.' })
  conversationId?: string | null;

  @Field(() => EventCursor, {
    nullable: true,
    description: 'Cursor of the last event seen: nothing after it is missed. Left out: from now on.',
  })
  after?: Cursor | null;
}
