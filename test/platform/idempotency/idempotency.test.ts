import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Context } from '../../../src/kernel/context.js';
import { newId } from '../../../src/kernel/ids.js';
import { requestHash } from '../../../src/platform/crypto/request-hash.js';
import { claimIdempotency, forgetOldIdempotencyKeys } from '../../../src/platform/idempotency/idempotency.js';
import { createTestDatabase } from '../../support/database.js';
import type { TestDatabase } from '../../support/database.js';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase({ entities: [] });
});
afterAll(async () => {
  await db.drop();
});

const agencyId = newId();
const ctx = Context.forRequest({
  requestId: 'test',
  actor: { kind: 'operator' },
  scope: { agencyId, subaccountIds: 'all' },
  actions: new Set(),
});

interface Request {
  readonly key: string;
  readonly body?: object;
  readonly operation?: string;
}

let started = 0;

/** Does what a create does: claims, makes something, records it. */
function create(
  { key, body = {}, operation = 'createThing' }: Request,
  work: () => Promise<unknown> = () => Promise.resolve(),
): Promise<{ resourceId: string; replayed: boolean }> {
  return db.database.write(ctx, async (tx) => {
    started += 1;
    const claim = await claimIdempotency(tx, {
      scopeId: agencyId,
      agencyId,
      subaccountId: null,
      key,
      operation,
      requestHash: requestHash(body),
    });
    if (claim.kind === 'replay') return { resourceId: claim.resourceId, replayed: true };
    await work();
    const resourceId = newId();
    await claim.record(resourceId);
    return { resourceId, replayed: false };
  });
}

const keyRows = (key: string): Promise<object[]> =>
  db.query('select * from idempotency_key where key = $1', [key]);

describe('claimIdempotency', () => {
  it('makes fifty equal requests at once one', async () => {
    const key = randomUUID();
    started = 0;
    const whenOthersCame = (): Promise<boolean> => vi.waitUntil(() => started >= 10);
    const answers = await Promise.all(Array.from({ length: 50 }, () => create({ key }, whenOthersCame)));

    expect(answers.filter((answer) => !answer.replayed)).toHaveLength(1);
    expect(new Set(answers.map((answer) => answer.resourceId)).size).toBe(1);
    expect(await keyRows(key)).toHaveLength(1);
  });

  it('refuses the same key with another body or for another operation', async () => {
    const key = randomUUID();
    await create({ key, body: { label: 'a' } });

    await expect(create({ key, body: { label: 'b' } })).rejects.toMatchObject({
      kind: 'CONFLICT',
      reason: 'IDEMPOTENCY_KEY_REUSED',
    });
    await expect(create({ key, body: { label: 'a' }, operation: 'createOther' })).rejects.toMatchObject({
      reason: 'IDEMPOTENCY_KEY_REUSED',
    });
  });

  it('takes a key that failed with its transaction as new', async () => {
    const key = randomUUID();
    const failing = create({ key }, () => Promise.reject(new Error('the work failed')));
    await expect(failing).rejects.toThrow('the work failed');

    expect(await keyRows(key)).toHaveLength(0);
    expect((await create({ key })).replayed).toBe(false);
  });

  it('forgets a key after 24 hours', async () => {
    const key = randomUUID();
    const first = await create({ key, body: { a: 1 } });
    await db.query(
      `update idempotency_key set created_at = now() - interval '23 hours 59 minutes' where key = $1`,
      [key],
    );
    expect(await create({ key, body: { a: 1 } })).toEqual({ resourceId: first.resourceId, replayed: true });

    await db.query(`update idempotency_key set created_at = now() - interval '24 hours' where key = $1`, [
      key,
    ]);
    const later = await create({ key, body: { a: 2 } });
    expect(later.replayed).toBe(false);
    expect(later.resourceId).not.toBe(first.resourceId);
    expect(await keyRows(key)).toHaveLength(1);
  });

  it('removes only old keys', async () => {
    const [old, fresh] = [randomUUID(), randomUUID()];
    await create({ key: old });
    await create({ key: fresh });
    await db.query(`update idempotency_key set created_at = now() - interval '25 hours' where key = $1`, [
      old,
    ]);

    await forgetOldIdempotencyKeys(db.database, new Date());

    expect(await keyRows(old)).toHaveLength(0);
    expect(await keyRows(fresh)).toHaveLength(1);
  });
});
