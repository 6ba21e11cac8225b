import { ConfigError } from '../config/config.js';
import { AppError } from '../kernel/errors.js';
import { DemoStepFailed } from './demo/narrator.js';
import { GraphqlRequestError } from './graphql-client.js';

/** A mistake of the caller or of the machine, told in a sentence; everything else keeps its stack. */
export class CliError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CliError';
  }
}

const EXPECTED = [CliError, ConfigError, AppError, DemoStepFailed, GraphqlRequestError];

/** Prints why the command failed and ends the process with 1. */
export function reportAndExit(error: unknown): never {
  const expected = EXPECTED.some((type) => error instanceof type);
  const text =
    error instanceof Error ? (expected ? error.message : (error.stack ?? error.message)) : String(error);
  process.stderr.write(`${text}\n`);
  process.exit(1);
}
