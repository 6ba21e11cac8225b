import type { EntityManager } from '@mikro-orm/postgresql';
import type { Context } from '../../../kernel/context.js';
import { kernelErrors } from '../../../kernel/errors.js';
import { templateValues } from '../../../kernel/template.js';
import type { TemplateValues } from '../../../kernel/template.js';
import { Contact, findContactVariables } from '../../contact/index.js';
import { Device } from '../../device/index.js';
import { User } from '../../identity/index.js';
import { getConversation } from '../conversation/conversation.queries.js';

/** What a text in a conversation can ask for beside its contact. */
export const DEVICE_VARIABLES = ['device.label', 'device.phone'] as const;
/** And a canned reply: somebody sends it. */
export const CANNED_REPLY_VARIABLES = ['agent.email', ...DEVICE_VARIABLES] as const;

/** What stands in the places of a text in a conversation. Throws NOT_FOUND when the conversation is not the subaccount's. */
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
