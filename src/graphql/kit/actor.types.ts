import 'reflect-metadata';
import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { actorSubjectOf } from '../../kernel/event-facts.js';
import type { Subject } from '../../kernel/event-facts.js';
import type { EventActor, EventActorKind } from '../../kernel/events.js';
import { toPublicId } from '../../kernel/ids.js';

const KIND_DESCRIPTIONS: Record<EventActorKind, string> = {
  OPERATOR: 'Whoever runs this installation.',
  USER: 'A person with a login session.',
  API_KEY: 'A key of an agency or a subaccount.',
  DEVICE_TOKEN: 'Somebody with a token of a device.',
  DEVICE: 'WhatsApp, or the phone, through the session of a device.',
  AUTOMATION: 'A rule of the subaccount.',
  SYSTEM: 'The server itself.',
  ANONYMOUS: 'Somebody without a token.',
};

export const ActorKindEnum = Object.fromEntries(
  Object.keys(KIND_DESCRIPTIONS).map((kind) => [kind, kind]),
) as { readonly [K in EventActorKind]: K };
registerEnumType(ActorKindEnum, {
  name: 'ActorKind',
  description: 'What kind of caller made something happen.',
  valuesConfig: Object.fromEntries(
    Object.entries(KIND_DESCRIPTIONS).map(([kind, description]) => [kind, { description }]),
  ),
});

@ObjectType('Actor', { description: 'Who made something happen.' })
export class ActorType {
  constructor(readonly actor: EventActor) {}

  @Field(() => ActorKindEnum, { description: 'What kind of caller it was.' })
  get kind(): EventActorKind {
    return this.actor.kind;
  }

  @Field(() => ID, {
    nullable: true,
    description: 'The user, key, device or automation, also after it is gone; null where there is none.',
  })
  get nodeId(): string | null {
    return this.subject === null ? null : toPublicId(this.subject.type, this.subject.uuid);
  }

  @Field(() => String, { nullable: true, description: 'What of its work the server did; null for others.' })
  get work(): string | null {
    return this.actor.kind === 'SYSTEM' ? this.actor.name : null;
  }

  @Field(() => Int, {
    nullable: true,
    description: 'How many automations led to what this one did, itself included; null for others.',
  })
  get depth(): number | null {
    return this.actor.kind === 'AUTOMATION' ? this.actor.depth : null;
  }

  get subject(): Subject | null {
    return actorSubjectOf(this.actor);
  }
}
