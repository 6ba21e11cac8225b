import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely';

/**
 * The connection of one transaction, until that ends. What is sent on it leaves at once and in order, without waiting for the answers of what was sent
 * before: statements that need nothing of each other take one round trip together. After one that failed PostgreSQL refuses the rest, COMMIT included.
 */
export class TransactionLine {
  readonly #connection: DatabaseConnection;
  readonly #begun: Promise<unknown>;
  #isOver = false;

  /** `begun`: the answer to BEGIN. Should that alone fail, what follows has no scope and sees no rows. */
  constructor(connection: DatabaseConnection, begun: Promise<unknown>) {
    this.#connection = connection;
    this.#begun = begun;
    begun.catch(() => undefined);
  }

  /** Throws why the transaction did not begin, or what the statement says. */
  async send(query: CompiledQuery): Promise<QueryResult<unknown>> {
    // By now the connection may be somebody else's.
    if (this.#isOver) throw new Error('the transaction is over');
    const answer = this.#connection.executeQuery(query);
    answer.catch(() => undefined);
    await this.#begun;
    return answer;
  }

  /** Takes nothing more. Throws why the transaction did not begin. */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.#begun;
  }
}
