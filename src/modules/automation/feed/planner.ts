import type { Clock } from '../../../kernel/clock.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { Contact, findContactTags } from '../../contact/index.js';
import { findLabels } from '../../messaging/index.js';
import { Deal } from '../../pipeline/index.js';
import { getSubaccount } from '../../tenancy/index.js';
import type { Automation } from '../automation.entity.js';
import { checkConditions } from '../rule/conditions.js';
import type { Facts } from '../rule/conditions.js';
import type { RuleConditions } from '../rule/rule.js';
import { AutomationRun, subjectIdOf } from '../run/run.entity.js';
import type { RunCause } from '../run/run.entity.js';
import type { Situation } from './situation.js';

/** So many rules may lead to each other. */
export const MAX_DEPTH = 5;
/** Runs for one person, or one other thing: what two machines that answer each other come to. */
const CAPS = [
  { withinMs: 60_000, runs: 10 },
  { withinMs: 60 * 60_000, runs: 60 },
];

/** Decides whether a rule runs for what happened, and writes it down: also that it does not, and why. */
export class Planner {
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What was decided before stays. */
  async plan(tx: Transaction, automation: Automation, situation: Situation): Promise<AutomationRun> {
    const cause = causeOf(automation, situation);
    const { eventKey } = cause;
    const known = await tx.em.findOne(AutomationRun, { automationId: automation.id, eventKey });
    if (known !== null) return known;
    const now = this.#clock.now();
    const run = AutomationRun.begin(automation, cause, now);
    const refusal = await this.#refusal(tx, automation, run, situation);
    if (refusal !== null) run.end('SKIPPED', now, refusal.reason, refusal.detail);
    tx.em.persist(run);
    await tx.em.flush();
    return run;
  }

  async #refusal(
    tx: Transaction,
    automation: Automation,
    run: AutomationRun,
    situation: Situation,
  ): Promise<{ readonly reason: string; readonly detail: string | null } | null> {
    if (run.depth > MAX_DEPTH) return { reason: 'TOO_DEEP', detail: null };
    const facts = await loadFacts(tx, automation, situation, this.#clock.now());
    const failed = checkConditions(automation.conditions, facts).filter(({ passed }) => !passed);
    if (failed.length > 0) {
      return { reason: 'CONDITION_NOT_MET', detail: failed.map(({ condition }) => condition).join(', ') };
    }
    return (await this.#isTooOften(tx, run)) ? { reason: 'TOO_MANY_RUNS', detail: null } : null;
  }

  async #isTooOften(
    tx: Transaction,
    { subaccountId, subjectId, createdAt }: AutomationRun,
  ): Promise<boolean> {
    for (const { withinMs, runs } of CAPS) {
      const since = new Date(createdAt.getTime() - withinMs);
      const counted = {
        subaccountId,
        subjectId,
        createdAt: { $gt: since },
        status: { $ne: 'SKIPPED' },
      } as const;
      if ((await tx.em.count(AutomationRun, counted)) >= runs) return true;
    }
    return false;
  }
}

function causeOf({ trigger }: Automation, situation: Situation): RunCause {
  const { eventId, depth, subject, isLate } = situation;
  // Two messages of the same moment may both look like the first.
  const eventKey = trigger.kind === 'FIRST_MESSAGE' ? `contact:${subjectIdOf(subject) ?? ''}` : eventId;
  return { eventId, eventKey, depth: depth + 1, isLate, subject };
}

export async function loadFacts(
  { em }: Pick<Transaction, 'em'>,
  { subaccountId, conditions }: Automation,
  { subject, text, stageId }: Pick<Situation, 'subject' | 'text' | 'stageId'>,
  at: Date,
): Promise<Facts> {
  const { contactId, conversationId, deviceId } = subject;
  const { timezone } = await getSubaccount(em, subaccountId);
  const asks = (name: keyof RuleConditions): boolean => conditions[name] !== undefined;
  const contactIds = contactId === null ? [] : [contactId];
  const conversationIds = conversationId === null ? [] : [conversationId];
  const deals = asks('noOpenDealIn')
    ? await em.find(Deal, { contactId: { $in: contactIds }, status: 'OPEN' })
    : [];
  const tags = asks('contactTags') ? await findContactTags(em, contactIds) : null;
  const labels = asks('labels') ? await findLabels(em, conversationIds) : null;
  const contact = asks('optedOut') ? await em.findOne(Contact, { id: { $in: contactIds } }) : null;
  return {
    at,
    timezone,
    text,
    deviceId,
    stageId,
    openDealsIn: new Set(deals.map(({ pipelineId }) => pipelineId)),
    tags: tags?.get(contactId ?? '') ?? [],
    labels: labels?.get(conversationId ?? '') ?? [],
    optedOut: contact?.optedOutAt != null,
  };
}
