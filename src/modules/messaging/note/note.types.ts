import 'reflect-metadata';
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { connectionTypes } from '../../../graphql/kit/connection.js';
import { Node } from '../../../graphql/kit/node.js';
import { DateTime } from '../../../graphql/kit/scalars.js';
import { fromPublicId, toPublicId } from '../../../kernel/ids.js';
import type { ConversationNote } from './note.entity.js';
import type { NewNote } from './note.input.js';

@ObjectType('ConversationNote', {
  implements: Node,
  description: 'What colleagues tell each other about a conversation; the person never sees it.',
})
export class ConversationNoteType extends Node {
  constructor(readonly note: ConversationNote) {
    super('ConversationNote', note.id, note.subaccountId);
  }

  @Field(() => String, { description: 'What it says.' })
  get text(): string {
    return this.note.text;
  }

  @Field(() => ID, { nullable: true, description: 'The user who wrote it; null: a key did.' })
  get authorId(): string | null {
    return this.note.authorId == null ? null : toPublicId('User', this.note.authorId);
  }

  @Field(() => DateTime, { description: 'When it was written.' })
  get createdAt(): Date {
    return this.note.createdAt;
  }
}

@InputType('CreateConversationNoteInput', { description: 'A new note.' })
export class CreateConversationNoteInput {
  @Field(() => ID, { description: 'The conversation that it is about.' })
  conversationId = '';

  @Field(() => String, { description: 'What it says: 1 to 10,000 characters.' })
  text = '';

  @Field(() => [ID], {
    nullable: true,
    description: 'Users whom it names, at most 20: they find the conversation among those that mention them.',
  })
  mentionedUserIds?: string[] | null;

  @Field(() => String, {
    nullable: true,
    description: 'Unique within the subaccount for 24 hours: the same call again returns the same note.',
  })
  idempotencyKey?: string | null;

  toRequest(): NewNote {
    return {
      conversationId: fromPublicId('Conversation', this.conversationId, 'input.conversationId'),
      text: this.text,
      mentionedUserIds: this.mentionedUserIds?.map((id) =>
        fromPublicId('User', id, 'input.mentionedUserIds'),
      ),
      idempotencyKey: this.idempotencyKey,
    };
  }
}

@InputType('ConversationNoteInput', { description: 'Which note.' })
export class ConversationNoteInput {
  @Field(() => ID, { description: 'The note.' })
  conversationNoteId = '';
}

@ObjectType('ConversationNotePayload', { description: 'What writing a note answers.' })
export class ConversationNotePayload {
  @Field(() => ConversationNoteType, { description: 'The note.' })
  readonly conversationNote: ConversationNoteType;

  constructor(note: ConversationNote) {
    this.conversationNote = new ConversationNoteType(note);
  }
}

export const { connection: ConversationNoteConnection } = connectionTypes(
  'ConversationNote',
  ConversationNoteType,
);
