import type { NewEvent } from '../../../kernel/events.js';
import type { Deal } from './deal.entity.js';

export const DEAL_TOPICS = [
  'deal.created',
  'deal.updated',
  'deal.moved',
  'deal.won',
  'deal.lost',
  'deal.deleted',
] as const;
export type DealTopic = (typeof DEAL_TOPICS)[number];

export function dealChanged(
  topic: DealTopic,
  deal: Deal,
  more: Readonly<Record<string, unknown>> = {},
): NewEvent {
  const { id, subaccountId, pipelineId, stageId, version } = deal;
  return { topic, subaccountId, payload: { dealId: id, pipelineId, stageId, version, ...more } };
}

/** Where a deal came to; won and lost are told beside it. */
export function dealMoved(deal: Deal, fromStageId: string): readonly NewEvent[] {
  const moved = dealChanged('deal.moved', deal, { fromStageId });
  if (deal.status === 'WON') return [moved, dealChanged('deal.won', deal)];
  return deal.status === 'LOST' ? [moved, dealChanged('deal.lost', deal)] : [moved];
}
