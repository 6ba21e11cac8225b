import { explainFailure } from '../app/mendable.js';
import { CliError } from './cli-error.js';
import { DemoStepFailed } from './demo/narrator.js';
import { GraphqlRequestError, ServerUnreachableError } from './graphql-client.js';

const EXPECTED = [CliError, DemoStepFailed, GraphqlRequestError, ServerUnreachableError];

/** Prints why the command failed and ends the process with 1. */
export function reportAndExit(error: unknown): never {
  process.stderr.write(`${explainFailure(error, EXPECTED)}\n`);
  process.exit(1);
}
