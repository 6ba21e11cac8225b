import type { SqlEntityManager } from '@mikro-orm/postgresql';

/** Rows of processes that died long ago are of no use to anybody. */
const FORGET_AFTER = '1 hour';

/** Says to the others that this process lives, by the database's clock. */
export class ProcessRegistry {
  readonly #name: string;
  readonly #roles: readonly string[];

  constructor(name: string, roles: readonly string[]) {
    this.#name = name;
    this.#roles = roles;
  }

  async beat(em: SqlEntityManager): Promise<void> {
    await em.execute(
      `insert into process (name, roles, started_at, heartbeat_at)
       values (?, string_to_array(?, ','), clock_timestamp(), clock_timestamp())
       on conflict (name) do update set heartbeat_at = excluded.heartbeat_at`,
      [this.#name, this.#roles.join(',')],
    );
    await em.execute(
      `delete from process where heartbeat_at < clock_timestamp() - interval '${FORGET_AFTER}'`,
    );
  }

  /** How many processes with sessions showed a sign of life within `withinMs`, this one included. */
  async countSessionProcesses(em: SqlEntityManager, withinMs: number): Promise<number> {
    const rows = await em.execute<{ live: number }[]>(
      `select count(*)::integer as live from process
       where 'sessions' = any (roles) and heartbeat_at > clock_timestamp() - make_interval(secs => ?)`,
      [withinMs / 1_000],
    );
    return Math.max(1, rows[0]?.live ?? 1);
  }

  async remove(em: SqlEntityManager): Promise<void> {
    await em.execute('delete from process where name = ?', [this.#name]);
  }
}
