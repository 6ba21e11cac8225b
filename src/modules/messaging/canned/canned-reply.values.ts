import type { EntityManager } from '@mikro-orm/postgresql';
import type { Context } from '../../../kernel/context.js';
import { kernelErrors } from '../../../kernel/errors.js';
import { Contact } from '../../contact/index.js';
import { Device } from '../../device/index.js';
import { User } from '../../identity/index.js';
import { getConversation } from '../conversation/conversation.queries.js';
import type { Values } from './template.js';

/** What stands in the places of a template. Throws NOT_FOUND when the conversation is not the subaccount's. */
export async function findValues(
  em: EntityManager,
  { actor }: Context,
  subaccountId: string,
  conversationId: string,
): Promise<Values> {
  const conversation = await getConversation(em, conversationId);
  if (conversation.subaccountId !== subaccountId) throw kernelErrors.NOT_FOUND();
  const { contactId, deviceId } = conversation;
  const contact = contactId == null ? null : await em.findOne(Contact, { id: contactId });
  const device = await em.findOne(Device, { id: deviceId });
  const agent = actor.kind === 'user' ? await em.findOne(User, { id: actor.userId }) : null;
  return {
    'contact.name': contact?.name ?? contact?.pushName ?? null,
    'contact.phone': contact?.phoneNumber ?? null,
    'agent.email': agent?.email ?? null,
    'device.label': device?.label ?? null,
    'device.phone': device?.phoneNumber ?? null,
  };
}
