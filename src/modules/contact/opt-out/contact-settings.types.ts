import 'reflect-metadata';
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import type { ContactSettingsChanges } from './contact-settings.service.js';
import type { OptOutWords } from './opt-out.words.js';

@ObjectType('ContactSettings', { description: 'How a subaccount treats its contacts.' })
export class ContactSettingsType {
  constructor(readonly words: OptOutWords) {}

  @Field(() => [String], {
    description:
      'Messages that consist of one of these opt their author out; case and punctuation do not count.',
  })
  get optOutWords(): string[] {
    return [...this.words.optOutWords];
  }

  @Field(() => [String], { description: 'Messages that consist of one of these opt their author in again.' })
  get optInWords(): string[] {
    return [...this.words.optInWords];
  }
}

@InputType('UpdateContactSettingsInput', { description: 'What to change; what is left out stays.' })
export class UpdateContactSettingsInput {
  @Field(() => ID, { description: 'The subaccount.' })
  subaccountId = '';

  @Field(() => [String], {
    nullable: true,
    description: 'Words or phrases to opt out with: at most 50, each of 1 to 50 characters.',
  })
  optOutWords?: string[] | null;

  @Field(() => [String], { nullable: true, description: 'Words or phrases to opt in again with; the same.' })
  optInWords?: string[] | null;

  toChanges(): ContactSettingsChanges {
    return { optOutWords: this.optOutWords ?? undefined, optInWords: this.optInWords ?? undefined };
  }
}

@ObjectType('ContactSettingsPayload', { description: 'What updateContactSettings answers.' })
export class ContactSettingsPayload {
  @Field(() => ContactSettingsType, { description: 'The settings as they are now.' })
  readonly contactSettings: ContactSettingsType;

  constructor(words: OptOutWords) {
    this.contactSettings = new ContactSettingsType(words);
  }
}
