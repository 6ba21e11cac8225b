import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { Database } from '../../../platform/database/database.js';
import { GatheredQuestion } from '../../../platform/database/gathered-question.js';
import { PreparedStatement } from '../../../platform/database/prepared-statement.js';
import { SessionFencedError } from '../../../whatsapp/index.js';

export interface Lease {
  readonly shard: number;
  /** Grows with every owner: a write that names an older one comes from an owner that was. */
  readonly epoch: number;
}

interface LeaseRow {
  shard: number;
  /** bigint, as the driver hands it out. */
  epoch: string | number;
}

const toLease = (row: LeaseRow): Lease => ({ shard: row.shard, epoch: Number(row.epoch) });
const array = (numbers: readonly number[]): string => `{${numbers.join(',')}}`;

const RENEW = new PreparedStatement<LeaseRow>(
  'renew_leases',
  `update shard_lease set expires_at = clock_timestamp() + make_interval(secs => $1)
   where owner = $2 and shard = any ($3::smallint[]) and expires_at > clock_timestamp()
   returning shard, epoch`,
);
const HOLD_EPOCHS = new PreparedStatement<LeaseRow>(
  'hold_lease_epochs',
  `select l.shard, l.epoch from unnest($1::smallint[], $2::bigint[]) as own (shard, epoch)
   join shard_lease l on l.shard = own.shard and l.epoch = own.epoch
   where l.owner = $3 order by l.shard for key share of l`,
);

/**
 * The statements on `shard_lease`. Time is the database's. Renewing changes no key, so it never waits for writers that hold
 * an epoch ({@link assertEpoch}); taking a shard over changes the key (shard, epoch) and does wait for them.
 */
export class LeaseTable {
  readonly #owner: string;
  readonly #ttlSeconds: number;
  readonly #marginSeconds: number;
  readonly #holds = new GatheredQuestion<Lease, boolean>((em, leases) => this.#hold(em, leases));

  /** `marginMs`: how long after its end a lease that was not given back is left alone. */
  constructor(options: { owner: string; ttlMs: number; marginMs: number }) {
    this.#owner = options.owner;
    this.#ttlSeconds = options.ttlMs / 1_000;
    this.#marginSeconds = options.marginMs / 1_000;
  }

  /** Renews what this process holds; what is not in the answer is lost. By itself: a process that gets no processor may wait long for each answer. */
  async renew(database: Database, shards: readonly number[]): Promise<Lease[]> {
    const rows = await database.run(RENEW, [this.#ttlSeconds, this.#owner, array(shards)]);
    return rows.map(toLease);
  }

  /**
   * Takes up to `count` shards that nobody owns. What the table says is this process's own and is not in `known` is free for it as well:
   * it gave those up while the answer to a renewal was on its way.
   */
  async acquire(em: SqlEntityManager, count: number, known: readonly number[]): Promise<Lease[]> {
    const rows = await em.execute<LeaseRow[]>(
      `update shard_lease set owner = ?, epoch = epoch + 1,
              expires_at = clock_timestamp() + make_interval(secs => ?)
       where shard in (
         select shard from shard_lease
         where owner is null or expires_at < clock_timestamp() - make_interval(secs => ?)
            or (owner = ? and shard <> all (?::smallint[]))
         order by random() limit ? for update skip locked)
       returning shard, epoch`,
      [this.#owner, this.#ttlSeconds, this.#marginSeconds, this.#owner, array(known), count],
    );
    return rows.map(toLease);
  }

  /** Gives shards back, free for anybody at once. */
  async release(em: SqlEntityManager, shards: readonly number[]): Promise<void> {
    await em.execute(
      `update shard_lease set owner = null, expires_at = '-infinity' where owner = ? and shard = any (?::smallint[])`,
      [this.#owner, array(shards)],
    );
  }

  /** Holds the lease's epoch to the end of the transaction; throws SessionFencedError when it has passed on. Call it first. */
  async assertEpoch(em: SqlEntityManager, lease: Lease): Promise<void> {
    if (!(await this.#holds.of(em, lease))) throw new SessionFencedError();
  }

  async #hold(em: SqlEntityManager, leases: readonly Lease[]): Promise<boolean[]> {
    const shards = leases.map(({ shard }) => shard);
    const epochs = leases.map(({ epoch }) => epoch);
    const held = (await HOLD_EPOCHS.run(em, [shards, epochs, this.#owner])).map(toLease);
    return leases.map(({ shard, epoch }) =>
      held.some((each) => each.shard === shard && each.epoch === epoch),
    );
  }
}
