import type { DatabaseConnection } from '../database/connection.js';
import type { Logger } from '../logging/logger.js';
import type { Broker } from './broker.js';
import { PostgresBroker } from './postgres-broker.js';
import { RedisBroker } from './redis-broker.js';

/** Redis when there is one, else PostgreSQL. */
export function openBroker(
  store: { readonly redisUrl: string | null; readonly postgres: DatabaseConnection },
  logger: Logger,
): Promise<Broker> {
  return store.redisUrl === null
    ? PostgresBroker.open(store.postgres, logger)
    : RedisBroker.open(store.redisUrl, logger);
}
