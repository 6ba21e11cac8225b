import { describe, expect, it } from 'vitest';
import { newId } from '../../../src/kernel/ids.js';
import { Automation } from '../../../src/modules/automation/automation.entity.js';
import type { RuleStep } from '../../../src/modules/automation/rule/rule.js';
import { AutomationRun } from '../../../src/modules/automation/run/run.entity.js';
import type { RunSubject } from '../../../src/modules/automation/run/run.entity.js';

const AT = new Date('2026-11-21T10:00:00Z');
const LATER = new Date('2026-11-21T11:00:00Z');
const nobody: RunSubject = {
  contactId: null,
  conversationId: null,
  messageId: null,
  dealId: null,
  deviceId: null,
};

function begin(steps: readonly RuleStep[], subject: Partial<RunSubject> = {}): AutomationRun {
  const automation = Automation.create(
    { agencyId: newId(), subaccountId: newId() },
    {
      name: 'rule',
      trigger: { kind: 'FIRST_MESSAGE' },
      conditions: {},
      steps,
      stopsOthers: false,
      position: 1,
      sinceSeq: 0,
      status: 'ENABLED',
    },
    AT,
  );
  const cause = { eventId: newId(), eventKey: 'key', depth: 1, isLate: false };
  return AutomationRun.begin(automation, { ...cause, subject: { ...nobody, ...subject } }, AT);
}

const wait: RuleStep = { kind: 'WAIT', seconds: 1 };

describe('a run', () => {
  it('goes through its steps and succeeds behind the last one', () => {
    const run = begin([wait, wait]);
    expect(run).toMatchObject({ status: 'RUNNING', dueAt: AT, nextStep: 0 });
    run.advance(AT, LATER);
    expect(run).toMatchObject({ status: 'WAITING', dueAt: LATER, nextStep: 1 });
    run.advance(LATER);
    expect(run).toMatchObject({ status: 'SUCCEEDED', dueAt: null, endedAt: LATER, step: null });
  });

  it('forgets the failed tries of a step that is behind it', () => {
    const run = begin([wait, wait]);
    run.attempts = 3;
    run.callBody = '{}';
    run.retry(LATER, 'WEBHOOK_FAILED', 'HTTP 500');
    expect(run).toMatchObject({ status: 'RUNNING', dueAt: LATER, reason: 'WEBHOOK_FAILED' });
    run.advance(LATER);
    expect(run).toMatchObject({ attempts: 0, callBody: null, reason: null, detail: null });
  });

  it.each([
    [{ contactId: 'c', dealId: 'd', deviceId: 'v' }, 'c'],
    [{ dealId: 'd', deviceId: 'v' }, 'd'],
    [{ deviceId: 'v' }, 'v'],
  ])('is counted with others of whom it is about: %j', (subject, expected) => {
    expect(begin([wait], subject).subjectId).toBe(expected);
  });
});
