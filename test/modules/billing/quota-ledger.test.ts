import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '../../../src/kernel/errors.js';
import { createMessaging } from '../messaging/fixture.js';
import type { Messaging, TestDevice } from '../messaging/fixture.js';
import { balanceOf, giveAllowance, redeem } from './support/quota.js';

let app: Messaging;
beforeAll(async () => {
  app = await createMessaging();
});
afterAll(() => app.close());

const send = (device: TestDevice, text = 'hello') =>
  app.messages.accept(device.ctx, { deviceId: device.id, to: '6281200000001', text });

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
