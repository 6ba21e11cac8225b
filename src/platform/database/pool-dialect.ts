import { AsyncLocalStorage } from 'node:async_hooks';
import { CompiledQuery, PostgresDialect, PostgresDriver } from 'kysely';
import type { DatabaseConnection, Driver, PostgresDialectConfig, TransactionSettings } from 'kysely';
import { TypeOverrides } from 'pg';
import type { PoolClient, PoolConfig } from 'pg';
import { LivePool } from './live-pool.js';
import type { LivePoolTimes } from './live-pool.js';
import { preparedName } from './prepared-statement.js';
import { TransactionLine } from './transaction-line.js';

/** Dates and intervals stay text: the ORM reads them itself, with the time zone that it was told. */
const TEXT_TYPES = [1082, 1114, 1184, 1186];

/** What the transaction that is being begun starts with, and its line: Kysely's BEGIN takes nothing of ours along, nor gives anything back. */
interface Opening {
  readonly statements: string;
  line: TransactionLine | null;
}

const openings = new AsyncLocalStorage<Opening>();

/**
 * Lets the transaction that `begin` begins start with statements, sent in one message with BEGIN. They must have no parameters. Their answer is not
 * waited for: it comes before that of the first statement. Returns the line of the transaction.
 */
export async function openingWith(statements: string, begin: () => Promise<void>): Promise<TransactionLine> {
  const opening: Opening = { statements, line: null };
  await openings.run(opening, begin);
  if (opening.line === null) throw new Error('nothing was begun');
  return opening.line;
}

interface PoolHooks {
  /** Every statement passes here, whoever wrote it: the ORM, Kysely, or the transaction itself. */
  readonly onStatement: () => void;
  readonly onPool: (pool: LivePool) => void;
  /** A connection was lost while nobody used it. */
  readonly onConnectionLost: (error: Error) => void;
}

export function createPoolDialect(
  config: PoolConfig,
  times: LivePoolTimes,
  hooks: PoolHooks,
): PostgresDialect {
  const types = new TypeOverrides();
  for (const type of TEXT_TYPES) types.setTypeParser(type, (text) => text);
  const pool = new LivePool({ ...config, types }, times);
  hooks.onPool(pool);
  pool.listen({
    // The pool drops a broken connection by itself.
    onError: hooks.onConnectionLost,
    onConnect: (client) => {
      client.on('error', hooks.onConnectionLost);
      watchStatements(client, hooks.onStatement);
    },
  });
  return new PoolDialect({ pool });
}

function watchStatements(client: PoolClient, onStatement: () => void): void {
  const send = client.query.bind(client) as (...args: unknown[]) => unknown;
  client.query = ((...args: unknown[]) => {
    onStatement();
    const [text, values] = args;
    const name = typeof text === 'string' ? preparedName(text) : undefined;
    return name === undefined ? send(...args) : send({ name, text, values });
  }) as typeof client.query;
}

class PoolDialect extends PostgresDialect {
  readonly #config: PostgresDialectConfig;

  constructor(config: PostgresDialectConfig) {
    super(config);
    this.#config = config;
  }

  override createDriver(): Driver {
    return new ReleasingDriver(this.#config);
  }
}

/**
 * Kysely 0.29 keeps the connection of a controlled transaction for ever when BEGIN or ROLLBACK fails, as both do on a lost
 * connection: an outage would leave a pool without a single free place.
 */
class ReleasingDriver extends PostgresDriver {
  readonly #lines = new WeakMap<DatabaseConnection, TransactionLine>();

  override async beginTransaction(
    connection: DatabaseConnection,
    settings: TransactionSettings,
  ): Promise<void> {
    const opening = openings.getStore();
    if (opening === undefined) {
      await this.#releaseOnFailure(connection, super.beginTransaction(connection, settings));
      return;
    }
    const isolation =
      settings.isolationLevel === undefined ? [] : [`isolation level ${settings.isolationLevel}`];
    const begin = ['begin', ...isolation, settings.accessMode ?? ''].join(' ');
    const begun = connection.executeQuery(CompiledQuery.raw(`${begin}; ${opening.statements}`));
    opening.line = new TransactionLine(connection, begun);
    this.#lines.set(connection, opening.line);
  }

  override async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await this.#lines.get(connection)?.end();
    await super.commitTransaction(connection);
  }

  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    // Why it did not begin, whoever began it has been told.
    await this.#lines
      .get(connection)
      ?.end()
      .catch(() => undefined);
    await this.#releaseOnFailure(connection, super.rollbackTransaction(connection));
  }

  async #releaseOnFailure(connection: DatabaseConnection, statement: Promise<void>): Promise<void> {
    try {
      await statement;
    } catch (error) {
      await (this as Driver).releaseConnection(connection);
      throw error;
    }
  }
}
