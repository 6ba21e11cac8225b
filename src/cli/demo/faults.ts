import { prettifyError, ZodError } from 'zod';
import type { FaultRuleInput, Simulator } from '../../simulator/index.js';
import { CliError } from '../cli-error.js';

/** Lets the simulated WhatsApp misbehave by a rule such as `{"point":"message","action":{"kind":"error","code":479}}`. */
export function armFault(simulator: Simulator, rule: string): void {
  try {
    // The simulator checks what it is given.
    simulator.faults.add(JSON.parse(rule) as FaultRuleInput);
  } catch (error) {
    throw new CliError(`--fault ${rule} is no rule: ${reasonOf(error)}`);
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof ZodError) return prettifyError(error);
  return error instanceof Error ? error.message : String(error);
}
