import type { EntityManager } from '@mikro-orm/postgresql';
import { render, templateValues, variablesOf } from '../../../kernel/template.js';
import { Contact, CONTACT_VARIABLES, findContactVariables, isContactVariable } from '../../contact/index.js';
import { Device } from '../../device/index.js';
import type { Conversation } from '../../messaging/index.js';

const OWN_VARIABLES: readonly string[] = ['device.label', 'device.phone'];
/** What an away message can ask for. */
export const AWAY_VARIABLES = [...CONTACT_VARIABLES, 'contact.fields.<key>', ...OWN_VARIABLES];

/** The first variable that does not exist; null: all do, as far as the fields of contacts do. */
export function unknownVariable(template: string): string | null {
  return (
    variablesOf(template).find((name) => !isContactVariable(name) && !OWN_VARIABLES.includes(name)) ?? null
  );
}

/** The away message for the person of a conversation. */
export async function renderAwayMessage(
  em: EntityManager,
  { contactId, deviceId }: Conversation,
  template: string,
): Promise<string> {
  if (variablesOf(template).length === 0) return template;
  const contact = contactId == null ? null : await em.findOne(Contact, { id: contactId });
  const device = await em.findOne(Device, { id: deviceId });
  const own = { 'device.label': device?.label, 'device.phone': device?.phoneNumber };
  const values = new Map([...(await findContactVariables(em, contact, [template])), ...templateValues(own)]);
  return render(template, values).text;
}
