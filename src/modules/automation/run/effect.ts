import type { Context } from '../../../kernel/context.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { Contact } from '../../contact/index.js';
import { Message } from '../../messaging/index.js';
import { Deal } from '../../pipeline/index.js';
import type { PlaceholderValues } from '../rule/placeholders.js';
import type { RuleStep, StepKind, StepOf } from '../rule/rule.js';
import type { StepOutcome } from './run-step.entity.js';
import type { AutomationRun, RunSubject } from './run.entity.js';

/** Where a step takes effect: in the transaction that takes its run on to the next one. */
export interface EffectPlace {
  readonly tx: Transaction;
  /** Use cases that are called with it are part of the transaction. */
  readonly inside: Context;
  readonly run: AutomationRun;
}

/** What a step does. It is taken back when it throws. */
export type Effect<K extends StepKind> = (place: EffectPlace, step: Words<StepOf<K>>) => Promise<StepOutcome>;

/** A step without its kind, so that one effect may serve several. */
type Words<S> = S extends RuleStep ? Omit<S, 'kind'> : never;

/** Steps that are done within the transaction; the others wait: for time, or for somebody's server. */
export type EffectKind = Exclude<StepKind, 'CALL_WEBHOOK' | 'WAIT'>;
export type Effects = { readonly [K in EffectKind]: Effect<K> };

export function takeEffect(
  effects: Effects,
  place: EffectPlace,
  step: Extract<RuleStep, { kind: EffectKind }>,
): Promise<StepOutcome> {
  const effect = effects[step.kind] as Effect<EffectKind>;
  return effect(place, step);
}

export function skipped(reason: string): StepOutcome {
  return { status: 'SKIPPED', reason };
}

/** The same however often a step is tried. */
export function stepKeyOf({ id, nextStep }: AutomationRun): string {
  return `automation:${id}:${nextStep}`;
}

/** What texts can name, as it is now. */
export async function loadValues(
  { em }: Pick<Transaction, 'em'>,
  { contactId, messageId, dealId }: Pick<RunSubject, 'contactId' | 'messageId' | 'dealId'>,
): Promise<PlaceholderValues> {
  const contact = contactId === null ? null : await em.findOne(Contact, { id: contactId });
  const message = messageId === null ? null : await em.findOne(Message, { id: messageId });
  const deal = dealId === null ? null : await em.findOne(Deal, { id: dealId });
  return {
    'contact.name': contact?.name ?? contact?.pushName ?? contact?.phoneNumber ?? null,
    'contact.phoneNumber': contact?.phoneNumber ?? null,
    'message.text': message?.text ?? null,
    'deal.title': deal?.title ?? null,
  };
}

/** The ids that {@link loadValues} asks for. */
export function idsOf(run: AutomationRun): Pick<RunSubject, 'contactId' | 'messageId' | 'dealId'> {
  const { contactId = null, messageId = null, dealId = null } = run;
  return { contactId, messageId, dealId };
}
