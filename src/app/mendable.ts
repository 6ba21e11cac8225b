import { ConfigError } from '../config/config.js';
import { AppError } from '../kernel/errors.js';
import { KeyFileError } from '../platform/crypto/key-files.js';
import { DatabaseUrlError } from '../platform/database/connection.js';
import { MigrationRefusedError } from '../platform/database/migrator.js';
import { UnboundRoleError } from '../platform/database/role-check.js';
import { EmbeddedPostgresError } from '../platform/embedded-postgres/errors.js';
import { sourceStack } from '../platform/logging/source-stack.js';
import { PendingMigrationsError } from './database-access.js';
import { DependencyFailure } from './dependency-failure.js';
import { explainMachineFailure } from './machine-failure.js';
import { WrongMasterKeyError } from './master-key-check.js';

/** What whoever runs the product can mend: their message says how, and a stack would only hide it. */
const MENDABLE = [
  AppError,
  ConfigError,
  DatabaseUrlError,
  DependencyFailure,
  EmbeddedPostgresError,
  KeyFileError,
  MigrationRefusedError,
  PendingMigrationsError,
  UnboundRoleError,
  WrongMasterKeyError,
];

/** Why the process cannot go on: a sentence where that is enough, else the stack. */
export function explainFailure(
  error: unknown,
  alsoMendable: readonly (new (...args: never[]) => Error)[] = [],
): string {
  if (!(error instanceof Error)) return String(error);
  const mendable = [...MENDABLE, ...alsoMendable].some((type) => error instanceof type);
  return mendable ? error.message : (explainMachineFailure(error) ?? sourceStack(error) ?? error.message);
}
