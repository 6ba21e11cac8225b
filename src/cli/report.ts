import { explainFailure } from '../app/mendable.js';
import { DemoStepFailed } from './demo/narrator.js';
import { GraphqlRequestError } from './graphql-client.js';

/** A mistake of the caller or of the machine, told in a sentence; everything else keeps its stack. */
export class CliError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CliError';
  }
}

/** Prints why the command failed and ends the process with 1. */
export function reportAndExit(error: unknown): never {
  process.stderr.write(`${explainFailure(error, [CliError, DemoStepFailed, GraphqlRequestError])}\n`);
  process.exit(1);
}
