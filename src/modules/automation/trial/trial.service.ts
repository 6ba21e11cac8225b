import type { EntityManager } from '@mikro-orm/postgresql';
import type { Clock } from '../../../kernel/clock.js';
import type { Context } from '../../../kernel/context.js';
import { invalidInput } from '../../../kernel/errors.js';
import { render } from '../../../kernel/template.js';
import type { TemplateValues } from '../../../kernel/template.js';
import type { Database } from '../../../platform/database/database.js';
import { Contact } from '../../contact/index.js';
import { Device } from '../../device/index.js';
import { findFirstInbound } from '../../messaging/index.js';
import { Deal } from '../../pipeline/index.js';
import type { Automation } from '../automation.entity.js';
import { getAutomation } from '../automation.queries.js';
import { isTriggeredBy } from '../feed/happening.js';
import type { Happening } from '../feed/happening.js';
import { loadFacts } from '../feed/planner.js';
import { checkConditions } from '../rule/conditions.js';
import type { Check } from '../rule/conditions.js';
import type { RuleStep, StepKind } from '../rule/rule.js';
import { findVariables } from '../rule/variables.js';

/** Something that might happen. */
export interface TrialRequest {
  readonly automationId: string;
  readonly text: string | null;
  readonly contactId: string | null;
  readonly deviceId: string | null;
  readonly dealId: string | null;
  readonly at: Date | null;
}

export interface Trial {
  readonly enabled: boolean;
  readonly triggered: boolean;
  readonly checks: readonly Check[];
  /** As they would be, with texts filled in. */
  readonly steps: readonly { readonly kind: StepKind; readonly text: string | null }[];
}

interface Subjects {
  readonly contact: Contact | null;
  readonly deal: Deal | null;
}

/** Tries rules out on something that might happen: nothing is written and nothing is sent. */
export class TrialService {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(options: { readonly database: Database; readonly clock: Clock }) {
    this.#database = options.database;
    this.#clock = options.clock;
  }

  /** Throws NOT_FOUND for the rule, INVALID_INPUT for anything else that is nothing of its subaccount. */
  test(ctx: Context, request: TrialRequest): Promise<Trial> {
    return this.#database.read(ctx, async (em) => {
      const automation = await getAutomation(em, request.automationId);
      const { contact, deal } = await findSubjects(em, automation, request);
      const { text, deviceId, dealId } = request;
      const contactId = contact?.id ?? deal?.contactId ?? null;
      const happening = await happeningOf(em, automation, request, { contact, deal });
      const subject = { contactId, dealId, deviceId, conversationId: null, messageId: null };
      const at = request.at ?? this.#clock.now();
      const facts = await loadFacts(
        { em },
        automation,
        { subject, text, stageId: deal?.stageId ?? null },
        at,
      );
      const values = await findVariables(em, subject, automation.steps.flatMap(templateOf));
      if (text !== null) values.set('message.text', text);
      return {
        enabled: automation.isAtWork,
        triggered: happening !== null && isTriggeredBy(automation, happening),
        checks: checkConditions(automation.conditions, facts),
        steps: automation.steps.map((step) => ({ kind: step.kind, text: textOf(step, values) })),
      };
    });
  }
}

async function findSubjects(
  em: EntityManager,
  { subaccountId }: Automation,
  { contactId, dealId, deviceId }: TrialRequest,
): Promise<Subjects> {
  const found = {
    contactId: contactId === null ? null : await em.findOne(Contact, { id: contactId, subaccountId }),
    dealId: dealId === null ? null : await em.findOne(Deal, { id: dealId, subaccountId }),
    deviceId: deviceId === null ? null : await em.findOne(Device, { id: deviceId, subaccountId }),
  };
  const asked = { contactId, dealId, deviceId };
  const wrong = (['contactId', 'dealId', 'deviceId'] as const)
    .filter((name) => asked[name] !== null && found[name] === null)
    .map((name) => ({ path: `input.${name}`, message: 'must be of the subaccount of the automation' }));
  if (wrong.length > 0) throw invalidInput(wrong);
  return { contact: found.contactId, deal: found.dealId };
}

/** null: not enough was said for the rule to be set off. */
async function happeningOf(
  em: EntityManager,
  { id: automationId, trigger }: Automation,
  { text }: TrialRequest,
  { contact, deal }: Subjects,
): Promise<Happening | null> {
  switch (trigger.kind) {
    case 'FIRST_MESSAGE':
    case 'MESSAGE_MATCHES': {
      const wrote = contact !== null && (await findFirstInbound(em, [contact.id])).size > 0;
      return { kind: 'MESSAGE', text, isFirst: !wrote };
    }
    case 'CONVERSATION_IDLE':
      return { kind: 'IDLE', automationId };
    case 'DEAL_MOVED':
      return deal && { kind: 'DEAL_MOVED', pipelineId: deal.pipelineId, stageId: deal.stageId };
    case 'DEVICE_NEEDS_ATTENTION':
      return { kind: 'DEVICE_NEEDS_ATTENTION' };
    case 'WEBHOOK_CALLED':
      return { kind: 'WEBHOOK_CALLED', automationId };
    case 'TAG_ADDED':
      return { kind: 'TAG_ADDED', tag: trigger.tag };
    case 'CONVERSATION_ASSIGNED':
      return {
        kind: 'CONVERSATION_ASSIGNED',
        assigneeId: trigger.assigneeId ?? null,
        teamId: trigger.teamId ?? null,
      };
  }
}

function templateOf(step: RuleStep): string[] {
  if (step.kind === 'REPLY') return [step.text];
  return step.kind === 'OPEN_DEAL' ? [step.title] : [];
}

function textOf(step: RuleStep, values: TemplateValues): string | null {
  const [template] = templateOf(step);
  return template === undefined ? null : render(template, values).text;
}
