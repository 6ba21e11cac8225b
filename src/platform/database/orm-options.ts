import type { EntityClass, EntitySchema } from '@mikro-orm/core';
import type { Options } from '@mikro-orm/postgresql';
import type { Pool } from 'pg';
import type { Logger } from '../logging/logger.js';
import { toPgConfig } from './connection.js';
import type { DatabaseConnection } from './connection.js';

export type EntityList = readonly (EntityClass | EntitySchema)[];

export interface OrmSettings {
  readonly connection: DatabaseConnection;
  readonly entities: EntityList;
  readonly poolSize: number;
  readonly filtersEnabled: boolean;
  readonly logger: Logger;
  readonly onStatement: () => void;
}

/** Also how long a caller waits for a free connection before it is told DATABASE_UNAVAILABLE. */
const CONNECT_TIMEOUT_MS = 1_500;
const IDLE_CONNECTION_MS = 30_000;

export function ormOptions(settings: OrmSettings): Options {
  const { connection, entities, poolSize, filtersEnabled, logger, onStatement } = settings;
  return {
    host: connection.host,
    port: connection.port,
    user: connection.user,
    password: connection.password,
    dbName: connection.dbName,
    entities: [...entities],
    discovery: { warnWhenNoEntities: false },
    forceUtcTimezone: true,
    allowGlobalContext: false,
    // The filter of an entity gives way to one of the same name here.
    ...(!filtersEnabled && { filters: { tenant: { name: 'tenant', default: true, cond: {} } } }),
    pool: { min: 0, max: poolSize, idleTimeoutMillis: IDLE_CONNECTION_MS },
    driverOptions: {
      ssl: toPgConfig(connection).ssl,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      application_name: 'trunkline',
      onPoolCreated: (pool: Pool) => {
        countStatements(pool, onStatement);
      },
    },
    logger: (message) => {
      logger.debug({ component: 'database' }, message);
    },
  };
}

/** Every statement passes here, whoever wrote it: the ORM, Kysely, or the transaction itself. */
function countStatements(pool: Pool, onStatement: () => void): void {
  pool.on('connect', (client) => {
    const send = client.query.bind(client) as (...args: unknown[]) => unknown;
    client.query = ((...args: unknown[]) => {
      onStatement();
      return send(...args);
    }) as typeof client.query;
  });
}
