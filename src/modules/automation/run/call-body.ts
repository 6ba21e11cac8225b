import type { EntityManager } from '@mikro-orm/postgresql';
import { toPublicId } from '../../../kernel/ids.js';
import type { NodeType } from '../../../kernel/ids.js';
import { Contact } from '../../contact/index.js';
import { Message } from '../../messaging/index.js';
import { Deal } from '../../pipeline/index.js';
import type { Automation } from '../automation.entity.js';
import { subjectOf } from './effect.js';
import type { AutomationRun } from './run.entity.js';

/** What a server is told that a rule calls: which rule, for what, and about whom. */
export async function callBodyOf(
  em: EntityManager,
  automation: Automation,
  run: AutomationRun,
): Promise<Readonly<Record<string, unknown>>> {
  const { contactId, messageId, dealId } = subjectOf(run);
  const contact = contactId === null ? null : await em.findOne(Contact, { id: contactId });
  const message = messageId === null ? null : await em.findOne(Message, { id: messageId });
  const deal = dealId === null ? null : await em.findOne(Deal, { id: dealId });
  return {
    automation: { id: toPublicId('Automation', automation.id), name: automation.name },
    runId: toPublicId('AutomationRun', run.id),
    trigger: run.triggerKind,
    subaccountId: toPublicId('Subaccount', run.subaccountId),
    startedAt: run.createdAt.toISOString(),
    data: {
      contact: contact && {
        id: toPublicId('Contact', contact.id),
        name: contact.name ?? contact.pushName ?? null,
        phoneNumber: contact.phoneNumber ?? null,
      },
      conversationId: publicIdOf('Conversation', run.conversationId),
      deviceId: publicIdOf('Device', run.triggerDeviceId),
      message: message && { id: toPublicId('Message', message.id), text: message.text ?? null },
      deal: deal && {
        id: toPublicId('Deal', deal.id),
        title: deal.title,
        stageId: toPublicId('Stage', deal.stageId),
        status: deal.status,
      },
    },
  };
}

function publicIdOf(type: NodeType, uuid: string | null | undefined): string | null {
  return uuid == null ? null : toPublicId(type, uuid);
}
