import type { EntityManager } from '@mikro-orm/postgresql';
import type { Context } from '../../../kernel/context.js';
import { kernelErrors } from '../../../kernel/errors.js';
import { templateValues, variablesOf } from '../../../kernel/template.js';
import type { TemplateValues } from '../../../kernel/template.js';
import { Contact, CONTACT_VARIABLES, findContactVariables, isContactVariable } from '../../contact/index.js';
import { Device } from '../../device/index.js';
import { User } from '../../identity/index.js';
import { getConversation } from '../conversation/conversation.queries.js';

const OWN_VARIABLES = ['agent.email', 'device.label', 'device.phone'] as const;
/** What a canned reply can ask for. */
export const CANNED_REPLY_VARIABLES = [...CONTACT_VARIABLES, 'contact.fields.<key>', ...OWN_VARIABLES];

/** The first variable of a template that does not exist; null: all do, as far as the fields of contacts do. */
export function unknownVariable(template: string): string | null {
  const isOwn = (name: string): boolean => (OWN_VARIABLES as readonly string[]).includes(name);
  return variablesOf(template).find((name) => !isContactVariable(name) && !isOwn(name)) ?? null;
}

/** What stands in the places of a template. Throws NOT_FOUND when the conversation is not the subaccount's. */
export async function findVariables(
  em: EntityManager,
  { actor }: Context,
  { subaccountId, text }: { readonly subaccountId: string; readonly text: string },
  conversationId: string,
): Promise<TemplateValues> {
  const conversation = await getConversation(em, conversationId);
  if (conversation.subaccountId !== subaccountId) throw kernelErrors.NOT_FOUND();
  const { contactId, deviceId } = conversation;
  const contact = contactId == null ? null : await em.findOne(Contact, { id: contactId });
  const device = await em.findOne(Device, { id: deviceId });
  const agent = actor.kind === 'user' ? await em.findOne(User, { id: actor.userId }) : null;
  const own = {
    'agent.email': agent?.email,
    'device.label': device?.label,
    'device.phone': device?.phoneNumber,
  };
  return new Map([...(await findContactVariables(em, contact, [text])), ...templateValues(own)]);
}
