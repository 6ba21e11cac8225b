import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '../../../src/kernel/errors.js';
import { commitCharge, refundCharge } from '../../../src/modules/billing/index.js';
import { createMessaging } from '../messaging/fixture.js';
import type { Messaging, TestDevice } from '../messaging/fixture.js';
import { balanceOf, giveAllowance, redeem } from './support/quota.js';

type Accepted = Awaited<ReturnType<Messaging['messages']['accept']>>;

let app: Messaging;
beforeAll(async () => {
  app = await createMessaging();
});
afterAll(() => app.close());

/** As a client does it: what a busy database refuses for now is asked again, under the same key. */
async function send(device: TestDevice): Promise<Accepted> {
  const input = { deviceId: device.id, to: '6281200000001', text: 'hello', idempotencyKey: randomUUID() };
  for (;;) {
    try {
      return await app.messages.accept(device.ctx, input);
    } catch (error) {
      if (!(error instanceof AppError && error.retryable)) throw error;
    }
  }
}

async function deviceWith(allowance: number): Promise<TestDevice> {
  const device = await app.seedDevice();
  await giveAllowance(app.db, device, allowance);
  return device;
}

describe('many at once', () => {
  it('200 sends on 100 left: exactly 100 are accepted, the others are told why', async () => {
    const device = await deviceWith(100);
    const outcomes = await Promise.allSettled(Array.from({ length: 200 }, () => send(device)));

    const accepted = outcomes.filter(({ status }) => status === 'fulfilled');
    const reasons = outcomes.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
    expect(accepted).toHaveLength(100);
    for (const reason of reasons) {
      expect(reason).toBeInstanceOf(AppError);
      expect(reason).toMatchObject({
        kind: 'QUOTA_EXCEEDED',
        reason: 'QUOTA_EXHAUSTED',
        data: { pool: 'FREE', used: 100, limit: 100 },
      });
    }
    const remaining = accepted.map(
      (each) => each.status === 'fulfilled' && each.value.message.quotaRemaining,
    );
    expect(new Set(remaining)).toEqual(new Set(Array.from({ length: 100 }, (_, left) => left)));
    expect(await balanceOf(app.db, device)).toEqual({ free: 0, pro: 0, consistent: true });
  });

  it('200 sends on 60 in two vouchers and 40 in the month: the voucher that lapses first pays first', async () => {
    const device = await deviceWith(40);
    await redeem(app.db, device, { amount: 30, days: 20 });
    const first = await redeem(app.db, device, { amount: 30, days: 10 });
    const outcomes = await Promise.allSettled(Array.from({ length: 200 }, () => send(device)));

    const messages = outcomes.flatMap((each) => (each.status === 'fulfilled' ? [each.value.message] : []));
    expect(messages).toHaveLength(100);
    expect(messages.filter(({ quotaGrantId }) => quotaGrantId === first)).toHaveLength(30);
    const pro = messages.filter(({ quotaPool }) => quotaPool === 'PRO').map((each) => each.quotaRemaining);
    expect(new Set(pro)).toEqual(new Set(Array.from({ length: 60 }, (_, left) => left)));
    expect(await balanceOf(app.db, device)).toEqual({ free: 0, pro: 0, consistent: true });
  });
});

describe('the charge of one message', () => {
  it('is given back once, and not after it was spent', async () => {
    const device = await deviceWith(10);
    const { message: spent } = await send(device);
    const { message: unsent } = await send(device);
    const settle = (change: typeof commitCharge, message: typeof spent) =>
      app.db.database.write(device.ctx, (tx) => change(tx, message));

    await settle(commitCharge, spent);
    for (const message of [spent, unsent, unsent]) await settle(refundCharge, message);
    expect(await balanceOf(app.db, device)).toEqual({ free: 9, pro: 0, consistent: true });
  });

  it('that was given back is taken again, once, when the message turns out to have been sent', async () => {
    const device = await deviceWith(10);
    const { message } = await send(device);
    const settle = (change: typeof commitCharge) =>
      app.db.database.write(device.ctx, (tx) => change(tx, message));

    await settle(refundCharge);
    for (const change of [commitCharge, commitCharge, refundCharge]) await settle(change);
    expect(await balanceOf(app.db, device)).toEqual({ free: 9, pro: 0, consistent: true });
  });
});
