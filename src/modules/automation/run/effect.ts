import type { Context } from '../../../kernel/context.js';
import { render } from '../../../kernel/template.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import type { RuleStep, StepKind, StepOf } from '../rule/rule.js';
import { findVariables } from '../rule/variables.js';
import type { VariableSubject } from '../rule/variables.js';
import type { StepOutcome } from './run-step.entity.js';
import type { AutomationRun } from './run.entity.js';

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

/** A text of a step with everything in its place that is known now; the rest is left out. */
export async function fillIn({ tx, run }: EffectPlace, text: string): Promise<string> {
  return render(text, await findVariables(tx.em, subjectOf(run), [text])).text;
}

/** What texts and calls of a run can name. */
export function subjectOf(run: AutomationRun): VariableSubject {
  const { contactId = null, messageId = null, dealId = null } = run;
  return { contactId, messageId, dealId };
}
