import type { EntityClass, EntitySchema } from '@mikro-orm/core';
import type { Options } from '@mikro-orm/postgresql';
import type { Logger } from '../logging/logger.js';
import { toPgConfig } from './connection.js';
import type { DatabaseConnection } from './connection.js';
import type { LivePool } from './live-pool.js';
import { createPoolDialect } from './pool-dialect.js';

export type EntityList = readonly (EntityClass | EntitySchema)[];

interface OrmSettings {
  readonly connection: DatabaseConnection;
  readonly entities: EntityList;
  readonly poolSize: number;
  readonly waitMs: number;
  readonly filtersEnabled: boolean;
  readonly logger: Logger;
  readonly onStatement: () => void;
  readonly onPool: (pool: LivePool) => void;
}

/** A database that does not answer is told of within two seconds. */
const CONNECT_TIMEOUT_MS = 1_500;
const LIVE_POOL_TIMES = { trustMs: 500, answerMs: 1_500, statementMs: 20_000 };
const IDLE_CONNECTION_MS = 30_000;
/** Finds connections whose other end is gone. */
const KEEP_ALIVE_MS = 10_000;

export function ormOptions(settings: OrmSettings): Options {
  const { connection, entities, poolSize, waitMs, filtersEnabled, logger, onStatement, onPool } = settings;
  const poolConfig = {
    ...toPgConfig(connection),
    max: poolSize,
    idleTimeoutMillis: IDLE_CONNECTION_MS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    application_name: 'trunkline',
  };
  const times = { ...LIVE_POOL_TIMES, waitMs };
  const hooks = {
    onStatement,
    onPool,
    onConnectionLost: (error: Error): void => {
      logger.warn({ component: 'database', err: error }, 'a database connection was lost');
    },
  };
  return {
    dbName: connection.dbName,
    entities: [...entities],
    discovery: { warnWhenNoEntities: false },
    forceUtcTimezone: true,
    allowGlobalContext: false,
    // The filter of an entity gives way to one of the same name here.
    ...(!filtersEnabled && { filters: { tenant: { name: 'tenant', default: true, cond: {} } } }),
    driverOptions: () => createPoolDialect(poolConfig, times, hooks),
    logger: (message) => {
      logger.debug({ component: 'database' }, message);
    },
  };
}
