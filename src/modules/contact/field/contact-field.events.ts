import type { NewEvent } from '../../../kernel/events.js';
import type { ContactField } from './contact-field.entity.js';

export function fieldChanged(
  topic: 'contact_field.created' | 'contact_field.updated' | 'contact_field.deleted',
  { id, subaccountId, key }: ContactField,
): NewEvent {
  return { topic, subaccountId, payload: { contactFieldId: id, key } };
}
