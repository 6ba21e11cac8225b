import type { EntityManager } from '@mikro-orm/postgresql';
import { templateValues, variablesOf } from '../../../kernel/template.js';
import { Contact, CONTACT_VARIABLES, findContactVariables, isContactVariable } from '../../contact/index.js';
import { Message } from '../../messaging/index.js';
import { Deal } from '../../pipeline/index.js';

const OWN_VARIABLES = ['contact.phoneNumber', 'message.text', 'deal.title'] as const;
/** What texts of a rule can ask for. */
export const RULE_VARIABLES = [...CONTACT_VARIABLES, 'contact.fields.<key>', ...OWN_VARIABLES];

/** Whether all that a text asks for exists, as far as the fields of contacts do. */
export function asksForKnown(text: string): boolean {
  const isOwn = (name: string): boolean => (OWN_VARIABLES as readonly string[]).includes(name);
  return variablesOf(text).every((name) => isContactVariable(name) || isOwn(name));
}

/** What a run is about, as far as texts can name it. */
export interface VariableSubject {
  readonly contactId: string | null;
  readonly messageId: string | null;
  readonly dealId: string | null;
}

/** What stands in the places of these texts, as it is now. Who has no name is called by the number. */
export async function findVariables(
  em: EntityManager,
  { contactId, messageId, dealId }: VariableSubject,
  texts: readonly string[],
): Promise<Map<string, string>> {
  const contact = contactId === null ? null : await em.findOne(Contact, { id: contactId });
  const message = messageId === null ? null : await em.findOne(Message, { id: messageId });
  const deal = dealId === null ? null : await em.findOne(Deal, { id: dealId });
  const number = contact?.phoneNumber;
  return new Map([
    ...templateValues({ 'contact.name': number, 'contact.phoneNumber': number }),
    ...templateValues({ 'message.text': message?.text, 'deal.title': deal?.title }),
    ...(await findContactVariables(em, contact, texts)),
  ]);
}
