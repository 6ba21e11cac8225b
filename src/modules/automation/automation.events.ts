import type { NewEvent } from '../../kernel/events.js';
import type { Automation } from './automation.entity.js';
import type { AutomationRun } from './run/run.entity.js';

export function automationChanged(
  topic: 'automation.created' | 'automation.updated' | 'automation.deleted',
  { id, subaccountId, version }: Automation,
  more: Readonly<Record<string, unknown>> = {},
): NewEvent {
  return { topic, subaccountId, payload: { automationId: id, version, ...more } };
}

/** Somebody called the URL of a rule; `contactId`: for whom. */
export function automationCalled({ id, subaccountId }: Automation, contactId: string | null): NewEvent {
  const payload = { automationId: id, ...(contactId !== null && { contactId }) };
  return { topic: 'automation.called', subaccountId, payload };
}

export function runFailed({ id, automationId, subaccountId, reason }: AutomationRun): NewEvent {
  return {
    topic: 'automation.run_failed',
    subaccountId,
    payload: { automationId, automationRunId: id, reason },
  };
}
