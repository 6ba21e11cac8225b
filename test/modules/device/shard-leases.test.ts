import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/kernel/clock.js';
import type { Clock } from '../../../src/kernel/clock.js';
import { asSystem } from '../../../src/kernel/system-context.js';
import type { Lease } from '../../../src/modules/device/lease/lease-table.js';
import { ShardLeases } from '../../../src/modules/device/lease/shard-leases.js';
import type { LeaseListener } from '../../../src/modules/device/lease/shard-leases.js';
import { SHARD_COUNT, shardOf } from '../../../src/modules/device/lease/shard.js';
import { SessionFencedError } from '../../../src/whatsapp/index.js';
import { newId } from '../../../src/kernel/ids.js';
import { createTestDatabase, silentLogger } from '../../support/database.js';
import type { TestDatabase } from '../../support/database.js';
import { eventually } from '../../support/eventually.js';

const TTL_MS = 600;
const MARGIN_MS = 100;
/** Where nothing may run out, on a busy machine either. */
const PATIENT_TTL_MS = 9_000;
const SYSTEM = asSystem('test');

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase({ entities: [] });
});
afterAll(() => db.drop());
beforeEach(async () => {
  await db.query(`update shard_lease set owner = null, expires_at = '-infinity'`);
  await db.query('delete from process');
});

/** A clock whose monotonic time a test can push: as after the process was paused. */
class PausableClock implements Clock {
  readonly now = systemClock.now;
  readonly sleep = systemClock.sleep;
  #aheadMs = 0;

  monotonicMs(): number {
    return systemClock.monotonicMs() + this.#aheadMs;
  }

  wakeUpAfter(ms: number): void {
    this.#aheadMs += ms;
  }
}

/** One process, as far as leases go; it runs until the test ends. */
class Node implements LeaseListener {
  readonly clock = new PausableClock();
  readonly leases: ShardLeases;
  readonly gained: Lease[] = [];
  readonly lost: number[] = [];
  releasing: () => Promise<void> = async () => undefined;

  constructor(owner: string, ttlMs = TTL_MS) {
    this.leases = new ShardLeases({
      database: db.database,
      clock: this.clock,
      logger: silentLogger,
      owner,
      roles: ['sessions'],
      times: { ttlMs, takeoverMarginMs: MARGIN_MS },
    });
  }

  onGained(leases: readonly Lease[]): void {
    this.gained.push(...leases);
  }

  onLost(shards: readonly number[]): void {
    this.lost.push(...shards);
  }

  async onReleasing(): Promise<void> {
    await this.releasing();
  }

  get held(): Lease[] {
    return this.leases.ownedShards().map((shard) => this.leaseOf(shard));
  }

  leaseOf(shard: number): Lease {
    const lease = this.leases.find(shard);
    if (lease === null) throw new Error(`no lease of shard ${String(shard)}`);
    return lease;
  }

  get size(): number {
    return this.leases.ownedShards().length;
  }
}

const byShard = (a: Lease, b: Lease): number => a.shard - b.shard;

const running: Node[] = [];
afterEach(async () => {
  for (const node of running.splice(0)) await node.leases.stop();
});

function start(owner: string, ttlMs = TTL_MS): Node {
  const node = new Node(owner, ttlMs);
  running.push(node);
  node.leases.start(node);
  return node;
}

const owners = () =>
  db.query<{ owner: string; count: string }>(
    'select owner, count(*) from shard_lease where owner is not null group by owner order by owner',
  );

describe('the shard of a device', () => {
  it('is the same for ever, and every shard gets about as many', () => {
    expect(shardOf('0190a3c8-0000-7000-8000-000000000000')).toBe(
      shardOf('0190a3c8-0000-7000-8000-000000000000'),
    );
    const counts = new Map<number, number>();
    for (let i = 0; i < 25_600; i += 1) {
      const shard = shardOf(newId());
      counts.set(shard, (counts.get(shard) ?? 0) + 1);
    }
    expect(counts.size).toBe(SHARD_COUNT);
    expect(Math.max(...counts.values())).toBeLessThan(200);
  });
});

describe('leases of shards', () => {
  it('all belong to a process that is alone', async () => {
    const node = start('a', PATIENT_TTL_MS);
    await eventually(() => node.size).toBe(SHARD_COUNT);
    expect(node.gained).toHaveLength(SHARD_COUNT);
    expect(node.lost).toEqual([]);
  });

  it('are shared fairly when another process comes, and never owned by two', async () => {
    const a = start('a', PATIENT_TTL_MS);
    await eventually(() => a.size).toBe(SHARD_COUNT);
    let isQuiet = false;
    a.releasing = async () => {
      expect(await owners()).toEqual([{ owner: 'a', count: String(SHARD_COUNT) }]);
      isQuiet = true;
    };
    const b = start('b', PATIENT_TTL_MS);
    await eventually(() => [a.size, b.size]).toEqual([SHARD_COUNT / 2, SHARD_COUNT / 2]);
    expect(isQuiet).toBe(true);
    const both = new Set([...a.leases.ownedShards(), ...b.leases.ownedShards()]);
    expect(both.size).toBe(SHARD_COUNT);
    expect(a.lost).toEqual([]);
  });

  it('are free for others at once after a stop', async () => {
    const a = start('a');
    await eventually(() => a.size).toBe(SHARD_COUNT);
    running.splice(0);
    await a.leases.stop();
    expect(await owners()).toEqual([]);
    expect(await db.query('select name from process')).toEqual([]);
    const b = new Node('b');
    await b.leases.tick();
    expect(b.size).toBe(SHARD_COUNT);
  });

  it('of a process that died are taken over after their time and not before, with a higher epoch', async () => {
    const dead = new Node('dead');
    await dead.leases.tick();
    const held = dead.held;
    const heir = start('heir');
    await eventually(() => heir.gained.length).toBe(SHARD_COUNT);
    const [waited] = await db.query<{ ms: number }>(
      `select extract(epoch from clock_timestamp() - heartbeat_at) * 1000 as ms from process where name = 'dead'`,
    );
    expect(Number(waited?.ms)).toBeGreaterThanOrEqual(TTL_MS + MARGIN_MS);
    const inherited = held.map(({ shard, epoch }) => ({ shard, epoch: epoch + 1 }));
    expect(heir.gained.sort(byShard)).toEqual(inherited.sort(byShard));
  });

  it('are not trusted by a process that was paused, from the moment in which it wakes up', async () => {
    const node = start('a');
    await eventually(() => node.size).toBe(SHARD_COUNT);
    node.clock.wakeUpAfter(TTL_MS);
    expect(node.size).toBe(0);
    expect(node.leases.find(7)).toBeNull();
    await eventually(() => node.lost.length).toBe(SHARD_COUNT);
    await eventually(() => node.size).toBe(SHARD_COUNT);
    const [first] = node.gained;
    expect(node.leases.find(first?.shard ?? 0)?.epoch).toBeGreaterThan(first?.epoch ?? 0);
  });

  it('are taken back step by step by a process that was too late for them', async () => {
    const node = new Node('late', 600_000);
    await node.leases.tick();
    expect(node.size).toBe(SHARD_COUNT);
    await letRunOut('late');
    const sizes: number[] = [];
    while (node.size < SHARD_COUNT || sizes.length === 0) {
      await node.leases.tick();
      sizes.push(node.size);
    }
    expect(sizes).toEqual([16, 48, 112, 240, SHARD_COUNT]);
    await letRunOut('late');
    await node.leases.tick();
    expect(node.size).toBe(16);
  });

  it('are given up by a process whose renewals hang', async () => {
    const node = start('a');
    await eventually(() => node.size).toBe(SHARD_COUNT);
    await db.query('begin');
    await db.query('lock table shard_lease in access exclusive mode');
    await eventually(() => node.lost.length).toBe(SHARD_COUNT);
    expect(node.size).toBe(0);
    await db.query('rollback');
  });

  it('that were given up while their renewal was on its way are taken again at once, under new epochs', async () => {
    const longMs = 600_000;
    const node = new Node('a', longMs);
    await node.leases.tick();
    const before = node.held;
    running.push(node);
    await db.query('begin');
    await db.query('lock table shard_lease in access exclusive mode');
    node.clock.wakeUpAfter(longMs);
    node.leases.start(node);
    await eventually(() => node.lost.length).toBe(SHARD_COUNT);
    await db.query('commit');
    await eventually(() => node.size).toBe(SHARD_COUNT);
    const again = before.map(({ shard, epoch }) => ({ shard, epoch: epoch + 1 }));
    expect(node.held.sort(byShard)).toEqual(again.sort(byShard));
  });
});

/** As after a long silence of a process. */
async function letRunOut(owner: string): Promise<void> {
  await db.query(`update shard_lease set expires_at = clock_timestamp() - interval '1 hour'`);
  await db.query('delete from process where name = $1', [owner]);
}

describe('a write under a lease', () => {
  it('is refused once another process owns the shard', async () => {
    const old = new Node('old');
    await old.leases.tick();
    const lease = old.leaseOf(7);
    const write = () => db.database.write(SYSTEM, (tx) => old.leases.assertOwned(tx, lease));
    await write();
    await letRunOut('old');
    // Run out, and nobody has it yet: there is nobody to disturb.
    await write();
    await new Node('new').leases.tick();
    await expect(write()).rejects.toThrow(SessionFencedError);
  });

  it('is refused alone when writes under other leases share its transaction', async () => {
    const old = new Node('old');
    await old.leases.tick();
    const leases = [old.leaseOf(7), old.leaseOf(8), old.leaseOf(9)];
    await db.query(`update shard_lease set owner = 'new', epoch = epoch + 1 where shard = 8`);
    await db.database.write(SYSTEM, async (tx) => {
      const asked = await Promise.allSettled(leases.map((lease) => old.leases.assertOwned(tx, lease)));
      expect(asked.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    });
  });

  it('holds up a takeover until it is committed, and no renewal', async () => {
    const old = new Node('old');
    await old.leases.tick();
    const lease = old.leaseOf(7);
    const heir = new Node('heir');
    await db.database.write(SYSTEM, async (tx) => {
      await old.leases.assertOwned(tx, lease);
      await old.leases.tick();
      await letRunOut('old');
      await heir.leases.tick();
      expect(heir.leases.find(lease.shard)).toBeNull();
    });
    await heir.leases.tick();
    expect(heir.leases.find(lease.shard)).not.toBeNull();
  });
});
