import 'reflect-metadata';
import { Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { ContactType } from '../../contact/index.js';
import type { Contact } from '../../contact/index.js';
import { DeviceType } from '../../device/index.js';
import type { RoutingRule } from './routing.rule.js';

export const RoutingRuleEnum: { readonly [R in RoutingRule]: R } = {
  EXPLICIT: 'EXPLICIT',
  STICKY: 'STICKY',
  FAVOURITE: 'FAVOURITE',
  PRIORITY: 'PRIORITY',
};
registerEnumType(RoutingRuleEnum, {
  name: 'RoutingRule',
  description: 'What chose the device of a message.',
  valuesConfig: {
    EXPLICIT: { description: 'The caller named the device.' },
    STICKY: { description: 'It has the number that the person last began to write to.' },
    FAVOURITE: { description: 'It is the favourite device of the contact.' },
    PRIORITY: { description: 'Among the devices that could take the message it has the highest priority.' },
  },
});

@ObjectType('MessageRouting', { description: 'How an outbound message came to its device.' })
export class MessageRoutingType {
  @Field(() => DeviceType, { description: 'The device that was chosen.' })
  readonly device: DeviceType;

  @Field(() => RoutingRuleEnum, { description: 'What chose it.' })
  readonly rule: RoutingRule;

  constructor(device: DeviceType, rule: RoutingRule) {
    this.device = device;
    this.rule = rule;
  }
}

@InputType('SetFavouriteDeviceInput', { description: 'From which device to write to a contact.' })
export class SetFavouriteDeviceInput {
  @Field(() => ID, { description: 'The contact.' })
  contactId = '';

  @Field(() => ID, { nullable: true, description: 'A device of its subaccount; null or left out: none.' })
  deviceId?: string | null;
}

@ObjectType('SetFavouriteDevicePayload', { description: 'What setFavouriteDevice answers.' })
export class SetFavouriteDevicePayload {
  @Field(() => ContactType, { description: 'The contact as it is now.' })
  readonly contact: ContactType;

  constructor(contact: Contact) {
    this.contact = new ContactType(contact);
  }
}
