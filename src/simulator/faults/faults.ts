import {
  faultRuleSchema,
  type FaultAction,
  type FaultPoint,
  type FaultRule,
  type FaultRuleInput,
  type FaultSubject,
} from './fault-rule.js';

interface ArmedRule {
  readonly rule: FaultRule;
  seen: number;
  struck: number;
}

/** The rules in force. The parts of the server ask `take` at each named point. */
export class Faults {
  readonly #armed = new Map<string, ArmedRule>();
  #next = 1;

  /**
   * Puts a rule in force; the oldest matching rule strikes first.
   * @throws ZodError naming the field when the rule is malformed or its action is not possible at its point
   */
  add(input: FaultRuleInput): FaultRule {
    const rule = { ...faultRuleSchema.parse(input), id: `fault-${String(this.#next++)}` };
    this.#armed.set(rule.id, { rule, seen: 0, struck: 0 });
    return rule;
  }

  remove(id: string): boolean {
    return this.#armed.delete(id);
  }

  clear(): void {
    this.#armed.clear();
  }

  /** The rules still in force, with how often each has struck. */
  list(): (FaultRule & { struck: number })[] {
    return [...this.#armed.values()].map(({ rule, struck }) => ({ ...rule, struck }));
  }

  /** The action that strikes here and now, if any; uses up one of the rule's times. */
  take(point: FaultPoint, subject: FaultSubject = {}): FaultAction | undefined {
    for (const armed of this.#armed.values()) {
      if (armed.rule.point !== point || !matches(armed.rule, subject)) continue;
      armed.seen += 1;
      if (armed.seen < (armed.rule.match.nth ?? 1)) continue;
      armed.struck += 1;
      if (armed.rule.times !== null && armed.struck >= armed.rule.times) this.#armed.delete(armed.rule.id);
      return armed.rule.action;
    }
    return undefined;
  }
}

function matches({ match }: FaultRule, subject: FaultSubject): boolean {
  const actual: Record<string, unknown> = subject;
  return Object.entries(match).every(
    ([field, value]) => field === 'nth' || value === undefined || actual[field] === value,
  );
}
