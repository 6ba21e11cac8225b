export const ASSIGNMENT_METHODS = ['BY_HAND', 'ROUND_ROBIN', 'LEAST_BUSY'] as const;
export type AssignmentMethod = (typeof ASSIGNMENT_METHODS)[number];

/** Who gets the conversations that it is about, as long as nobody has them. */
export interface AssignmentRule {
  /** Only those of this device. */
  readonly deviceId: string | null;
  /** Only those with this label. */
  readonly label: string | null;
  readonly teamId: string | null;
  readonly method: AssignmentMethod;
  /** Among these; none: the members of the team, or else all agents of the subaccount. */
  readonly assigneeIds: readonly string[];
}

/** The first rule that is about a conversation decides. */
export function ruleFor(
  rules: readonly AssignmentRule[],
  { deviceId, labels }: { readonly deviceId: string; readonly labels: readonly string[] },
): AssignmentRule | null {
  const isAbout = (rule: AssignmentRule): boolean =>
    (rule.deviceId === null || rule.deviceId === deviceId) &&
    (rule.label === null || labels.includes(rule.label));
  return rules.find(isAbout) ?? null;
}
