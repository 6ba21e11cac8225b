import type { RuleTrigger } from '../rule/rule.js';
import { findKeyword } from '../rule/keywords.js';

/** What an event means to rules. */
export type Happening =
  | { readonly kind: 'MESSAGE'; readonly text: string | null; readonly isFirst: boolean }
  | { readonly kind: 'IDLE'; readonly automationId: string }
  | { readonly kind: 'DEAL_MOVED'; readonly pipelineId: string; readonly stageId: string }
  | { readonly kind: 'DEVICE_NEEDS_ATTENTION' }
  | { readonly kind: 'TAG_ADDED'; readonly tag: string }
  | {
      readonly kind: 'CONVERSATION_ASSIGNED';
      readonly assigneeId: string | null;
      readonly teamId: string | null;
    }
  | { readonly kind: 'WEBHOOK_CALLED'; readonly automationId: string };

/** Whether something that happened is what a rule waits for. */
export function isTriggeredBy(
  { id, trigger }: { readonly id: string; readonly trigger: RuleTrigger },
  happening: Happening,
): boolean {
  switch (trigger.kind) {
    case 'FIRST_MESSAGE':
      return happening.kind === 'MESSAGE' && happening.isFirst;
    case 'MESSAGE_MATCHES':
      return (
        happening.kind === 'MESSAGE' &&
        findKeyword(happening.text ?? '', trigger.keywords, trigger.match) !== null
      );
    case 'CONVERSATION_IDLE':
      return happening.kind === 'IDLE' && happening.automationId === id;
    case 'DEAL_MOVED':
      return happening.kind === 'DEAL_MOVED' && isTheStage(trigger, happening);
    case 'DEVICE_NEEDS_ATTENTION':
      return happening.kind === 'DEVICE_NEEDS_ATTENTION';
    case 'TAG_ADDED':
      return happening.kind === 'TAG_ADDED' && happening.tag === trigger.tag;
    case 'CONVERSATION_ASSIGNED':
      return (
        happening.kind === 'CONVERSATION_ASSIGNED' &&
        (trigger.assigneeId ?? happening.assigneeId) === happening.assigneeId &&
        (trigger.teamId ?? happening.teamId) === happening.teamId
      );
    case 'WEBHOOK_CALLED':
      return happening.kind === 'WEBHOOK_CALLED' && happening.automationId === id;
  }
}

function isTheStage(
  {
    pipelineId,
    stageId,
  }: { readonly pipelineId?: string | undefined; readonly stageId?: string | undefined },
  to: { readonly pipelineId: string; readonly stageId: string },
): boolean {
  return (pipelineId ?? to.pipelineId) === to.pipelineId && (stageId ?? to.stageId) === to.stageId;
}
