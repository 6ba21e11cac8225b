/** One line of the report; `problem` says what to do. */
export interface Finding {
  readonly subject: string;
  readonly fact: string;
  readonly problem?: string;
}

export type Diagnosis = Omit<Finding, 'subject'>;

/** A check that throws is a finding, too. */
export async function examine(subject: string, check: () => Promise<Diagnosis>): Promise<Finding> {
  try {
    return { subject, ...(await check()) };
  } catch (error) {
    return failure(subject, error);
  }
}

export function failure(subject: string, error: unknown): Finding {
  return { subject, fact: 'not in order', problem: messageOf(error) };
}

/** A name with several addresses fails with one error for each. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
