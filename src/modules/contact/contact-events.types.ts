import 'reflect-metadata';
import { ArgsType, Field, ID, ObjectType } from 'type-graphql';
import { EventType } from '../../graphql/kit/event.types.js';
import { EventCursor } from '../../graphql/kit/scalars.js';
import type { EventCursor as Cursor } from '../../kernel/events.js';
import { toPublicId } from '../../kernel/ids.js';

@ObjectType('ContactUpdated', {
  implements: EventType,
  description:
    'A contact was made, changed, tagged, merged or deleted, or wants other messages than before; the topic says which.',
})
export class ContactUpdatedType extends EventType {
  @Field(() => ID, { description: 'The id of the contact, also after it is gone.' })
  get contactId(): string {
    return toPublicId('Contact', String(this.event.payload['contactId']));
  }

  @Field(() => [String], { description: 'What people changed of it: name, fields.' })
  get changed(): string[] {
    const { changed } = this.event.payload;
    return Array.isArray(changed) ? changed.map(String) : [];
  }

  @Field(() => String, { nullable: true, description: 'The tag that it got or lost.' })
  get tag(): string | null {
    const { tag } = this.event.payload;
    return typeof tag === 'string' ? tag : null;
  }

  @Field(() => ID, { nullable: true, description: 'The contact that became part of it.' })
  get mergedContactId(): string | null {
    const { mergedContactId } = this.event.payload;
    return typeof mergedContactId === 'string' ? toPublicId('Contact', mergedContactId) : null;
  }
}

@ArgsType()
export class ContactEventArgs {
  @Field(() => ID, { description: 'The subaccount to follow.' })
  subaccountId = '';

  @Field(() => ID, { nullable: true, description: 'Only this contact.' })
  contactId?: string | null;

  @Field(() => EventCursor, {
    nullable: true,
    description: 'Cursor of the last event seen: nothing after it is missed. Left out: from now on.',
  })
  after?: Cursor | null;
}
