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

  /** A sign of life. Returns how many processes with sessions showed one within `withinMs`, this one included. */
  async beat(em: SqlEntityManager, withinMs: number): Promise<number> {
    const rows = await em.execute<{ others: number }[]>(
      `with beat as (
         insert into process (name, roles, started_at, heartbeat_at)
         values (?, string_to_array(?, ','), clock_timestamp(), clock_timestamp())
         on conflict (name) do update set heartbeat_at = excluded.heartbeat_at),
       gone as (delete from process where heartbeat_at < clock_timestamp() - interval '${FORGET_AFTER}' and name <> ?)
       select count(*)::integer as others from process
       where 'sessions' = any (roles) and name <> ? and heartbeat_at > clock_timestamp() - make_interval(secs => ?)`,
      [this.#name, this.#roles.join(','), this.#name, this.#name, withinMs / 1_000],
    );
    return 1 + (rows[0]?.others ?? 0);
  }

  async remove(em: SqlEntityManager): Promise<void> {
    await em.execute('delete from process where name = ?', [this.#name]);
  }
}
