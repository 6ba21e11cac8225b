import { mkdir, readFile } from 'node:fs/promises';
import type { Config } from '../config/config.js';
import { systemClock, type Clock } from '../kernel/clock.js';
import { resolveMasterKey, resolveOperatorKey, type ResolvedKey } from '../platform/crypto/key-files.js';
import type { MasterKey } from '../platform/crypto/master-key.js';
import { Database } from '../platform/database/database.js';
import { ANY_STREAM } from '../platform/events/event-log.js';
import { createLogger, type Logger } from '../platform/logging/logger.js';
import { Hints } from '../platform/pubsub/hints.js';
import type { Broker } from '../platform/queue/broker.js';
import { openBroker } from '../platform/queue/open-broker.js';
import { Queues } from '../platform/queue/queues.js';
import { accessDatabase, bringUpToDate, describeDatabase, type DatabaseAccess } from './database-access.js';
import { usingDependency } from './dependency-failure.js';
import { entities } from './entities.js';
import { checkMasterKey } from './master-key-check.js';

export interface InfrastructureOptions {
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** true for a command beside a running server: shares its embedded database. */
  readonly attach?: boolean;
  /** Off only where it is shown that row-level security alone holds. */
  readonly tenantFilter?: boolean;
}

/** The machines below the modules, opened in order and closed in the opposite one. */
export interface Infrastructure extends AsyncDisposable {
  readonly config: Config;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly access: DatabaseAccess;
  readonly appliedMigrations: readonly string[];
  readonly database: Database;
  readonly broker: Broker;
  readonly queues: Queues;
  readonly hints: Hints;
  readonly masterKey: MasterKey;
  readonly operatorKey: ResolvedKey<string>;
  /** PEM of the media server's authority, when one is configured. */
  readonly mediaCa: string | null;
}

export async function openInfrastructure(
  config: Config,
  options: InfrastructureOptions = {},
): Promise<Infrastructure> {
  await using stack = new AsyncDisposableStack();
  const clock = options.clock ?? systemClock;
  const logger = options.logger ?? createLogger(config);
  await mkdir(config.dataDir, { recursive: true });
  const { key: masterKey } = await resolveMasterKey(config);
  const operatorKey = await resolveOperatorKey(config);
  const mediaCa =
    config.whatsapp.mediaCaFile === null ? null : await readFile(config.whatsapp.mediaCaFile, 'utf8');

  const access = await accessDatabase(config, { attach: options.attach ?? false });
  stack.defer(() => access.stop());
  const appliedMigrations = await bringUpToDate(access, clock);
  // Before the queue: a role that row-level security does not bind is turned away here.
  const database = await Database.open({
    connection: access.app,
    entities,
    logger,
    clock,
    poolSize: config.databaseConnections,
    filtersEnabled: options.tenantFilter ?? true,
    onAppended: (streamIds) => {
      for (const streamId of [...streamIds, ANY_STREAM]) hints.publish(streamId);
    },
  });
  stack.defer(() => database.close());
  await checkMasterKey(database, masterKey, clock.now());
  const broker = await openQueues(config, access, logger);
  stack.defer(() => broker.close());
  const hints = await Hints.open(broker, logger);
  stack.defer(() => hints.close());
  const queues = new Queues(broker, logger);
  stack.defer(() => queues.close());

  const opened = stack.move();
  return {
    config,
    clock,
    logger,
    access,
    appliedMigrations,
    database,
    broker,
    queues,
    hints,
    masterKey,
    operatorKey,
    mediaCa,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

async function openQueues({ redisUrl }: Config, { app }: DatabaseAccess, logger: Logger): Promise<Broker> {
  const [variable, address] =
    redisUrl === null ? ['DATABASE_URL', describeDatabase(app)] : ['REDIS_URL', new URL(redisUrl).host];
  return usingDependency(variable, address, () => openBroker({ redisUrl, postgres: app }, logger));
}
