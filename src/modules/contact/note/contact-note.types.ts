import 'reflect-metadata';
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { connectionTypes } from '../../../graphql/kit/connection.js';
import { Node } from '../../../graphql/kit/node.js';
import { DateTime } from '../../../graphql/kit/scalars.js';
import { toPublicId } from '../../../kernel/ids.js';
import type { ContactNote } from './contact-note.entity.js';

@ObjectType('ContactNote', {
  implements: Node,
  description: 'What somebody wrote down about a contact, for colleagues.',
})
export class ContactNoteType extends Node {
  constructor(readonly note: ContactNote) {
    super('ContactNote', note.id, note.subaccountId);
  }

  @Field(() => String, { description: 'The text.' })
  get body(): string {
    return this.note.body;
  }

  @Field(() => ID, { description: 'The contact.' })
  get contactId(): string {
    return toPublicId('Contact', this.note.contactId);
  }

  @Field(() => ID, { nullable: true, description: 'The user who wrote it; null: a key.' })
  get authorId(): string | null {
    return this.note.authorId == null ? null : toPublicId('User', this.note.authorId);
  }

  @Field(() => DateTime, { description: 'When it was written.' })
  get createdAt(): Date {
    return this.note.createdAt;
  }

  @Field(() => DateTime, { description: 'When it was changed last.' })
  get updatedAt(): Date {
    return this.note.updatedAt;
  }
}

@InputType('AddContactNoteInput', { description: 'A new note.' })
export class AddContactNoteInput {
  @Field(() => ID, { description: 'The contact that it is about.' })
  contactId = '';

  @Field(() => String, { description: 'The text: 1 to 5,000 characters.' })
  body = '';
}

@InputType('UpdateContactNoteInput', { description: 'Another text for a note.' })
export class UpdateContactNoteInput {
  @Field(() => ID, { description: 'The note.' })
  contactNoteId = '';

  @Field(() => String, { description: 'The text: 1 to 5,000 characters.' })
  body = '';
}

@InputType('ContactNoteInput', { description: 'Which note.' })
export class ContactNoteInput {
  @Field(() => ID, { description: 'The note.' })
  contactNoteId = '';
}

@ObjectType('ContactNotePayload', { description: 'What a mutation of a note answers.' })
export class ContactNotePayload {
  @Field(() => ContactNoteType, { description: 'The note as it is now.' })
  readonly contactNote: ContactNoteType;

  constructor(note: ContactNote) {
    this.contactNote = new ContactNoteType(note);
  }
}

export const { connection: ContactNoteConnection } = connectionTypes('ContactNote', ContactNoteType);
