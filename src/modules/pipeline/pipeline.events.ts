import type { NewEvent } from '../../kernel/events.js';
import type { Pipeline } from './pipeline.entity.js';

export function pipelineChanged(
  topic: 'pipeline.created' | 'pipeline.updated' | 'pipeline.deleted',
  { id, subaccountId }: Pipeline,
): NewEvent {
  return { topic, subaccountId, payload: { pipelineId: id } };
}
