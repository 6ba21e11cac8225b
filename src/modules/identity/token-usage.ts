import type { Clock } from '../../kernel/clock.js';
import { Context } from '../../kernel/context.js';
import type { Database } from '../../platform/database/database.js';
import type { Logger } from '../../platform/logging/logger.js';
import type { TokenGrant } from './token-cache.js';

const WRITE_EVERY_MS = 60_000;
const MAX_ENTRIES = 10_000;

const TABLES = { user: 'login_session', api_key: 'api_key', device_token: 'device_token' } as const;
type TokenTable = (typeof TABLES)[keyof typeof TABLES];
type TokenTables = Record<TokenTable, { id: string; last_used_at: Date | null }>;

/** Keeps `last_used_at` roughly true: at most one write a minute for each token, never on the path of a request. */
export class TokenUsage {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #notedAtMs = new Map<string, number>();
  readonly #writes = new Set<Promise<void>>();

  constructor(options: { readonly database: Database; readonly clock: Clock; readonly logger: Logger }) {
    this.#database = options.database;
    this.#clock = options.clock;
    this.#logger = options.logger;
  }

  note(grant: TokenGrant): void {
    const nowMs = this.#clock.monotonicMs();
    const notedAtMs = this.#notedAtMs.get(grant.tokenId);
    if (notedAtMs !== undefined && nowMs - notedAtMs < WRITE_EVERY_MS) return;
    // Forgetting costs one write too many.
    if (this.#notedAtMs.size >= MAX_ENTRIES) this.#notedAtMs.clear();
    this.#notedAtMs.set(grant.tokenId, nowMs);
    const write = this.#write(grant)
      .catch((error: unknown) => this.#logger.warn({ err: error }, 'last use of a token was not noted'))
      .finally(() => this.#writes.delete(write));
    this.#writes.add(write);
  }

  /** Resolves when nothing is being written; for an ordered stop. */
  async settle(): Promise<void> {
    await Promise.all(this.#writes);
  }

  async #write({ tokenId, actor, scope }: TokenGrant): Promise<void> {
    if (!(actor.kind in TABLES)) return;
    const table = TABLES[actor.kind as keyof typeof TABLES];
    const now = this.#clock.now();
    const minuteAgo = new Date(now.getTime() - WRITE_EVERY_MS);
    // A context of its own: the request's may have an open read transaction.
    const ctx = Context.forRequest({ requestId: `token:${tokenId}`, actor, scope, actions: new Set() });
    await this.#database.write(ctx, async ({ em }) => {
      await em
        .getKysely<TokenTables>()
        .updateTable(table)
        .set({ last_used_at: now })
        .where('id', '=', tokenId)
        .where((row) => row.or([row('last_used_at', 'is', null), row('last_used_at', '<=', minuteAgo)]))
        .execute();
    });
  }
}
