import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AttemptResult } from '../../../src/modules/messaging/outbound/settlement.js';
import { createMessaging } from '../messaging/fixture.js';
import type { Messaging, TestDevice, TestSession } from '../messaging/fixture.js';
import { balanceOf, giveAllowance, redeem, setAllowance } from './support/quota.js';

const ADDRESS = '6281200000001@s.whatsapp.net';
const DAY_MS = 24 * 60 * 60_000;

let app: Messaging;
beforeAll(async () => {
  app = await createMessaging();
});
afterAll(() => app.close());

/** How a try ends; `written`: it had come as far as the wire. */
const TRIES: readonly { readonly written: boolean; readonly result: AttemptResult }[] = [
  { written: true, result: { kind: 'ACKED', at: new Date(), address: ADDRESS } },
  { written: true, result: { kind: 'REFUSED', code: 479, address: ADDRESS } },
  { written: true, result: { kind: 'UNANSWERED', address: ADDRESS } },
  { written: false, result: { kind: 'NOT_ON_WHATSAPP' } },
  { written: false, result: { kind: 'NOT_WRITTEN', retryable: false, detail: 'broken' } },
  { written: false, result: { kind: 'WITHDRAWN' } },
];

const action = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('accept' as const), expires: fc.boolean() }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('try' as const), how: fc.nat(TRIES.length - 1) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), which: fc.nat(30) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('receipt' as const), which: fc.nat(30) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('redeem' as const), amount: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('allowance' as const), to: fc.nat(6) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('expire' as const) }) },
);
/** Everything that a ledger can say of a message. */
const KINDS = ['COMMIT', 'RECHARGE', 'REFUND', 'RESERVE'];

type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

/** What happens at once, and how much time passes then: none, a voucher's life, or a month. */
const step = fc.record({
  actions: fc.array(action, { minLength: 1, maxLength: 5 }),
  days: fc.constantFrom(0, 0, 0, 6, 31),
});

/** Taken back, and proved sent after all; sent as it should be. */
const EVERY_KIND: readonly { readonly actions: Action[]; readonly days: number }[] = [
  { actions: [{ do: 'accept', expires: false }], days: 0 },
  { actions: [{ do: 'cancel', which: 0 }], days: 0 },
  { actions: [{ do: 'receipt', which: 0 }], days: 0 },
  { actions: [{ do: 'accept', expires: true }], days: 0 },
  { actions: [{ do: 'try', how: 0 }], days: 0 },
];

class Story {
  readonly #device: TestDevice;
  readonly #session: TestSession;
  readonly #sent: { readonly id: string; readonly whatsappId: string }[] = [];
  #drain: Promise<unknown> = Promise.resolve();

  constructor(device: TestDevice, session: TestSession) {
    this.#device = device;
    this.#session = session;
  }

  /** Refusals are part of the story; what else goes wrong is not. */
  async act(each: Action): Promise<void> {
    try {
      await this.#perform(each);
    } catch (error) {
      if (!/no messages left|still waits/.test(String(error))) throw error;
    }
  }

  #perform(each: Action): Promise<unknown> {
    const { ctx } = this.#device;
    const { live } = this.#session;
    switch (each.do) {
      case 'accept':
        return this.#accept(each.expires);
      case 'try':
        // A device has one drain.
        return (this.#drain = this.#drain.then(() => this.#try(TRIES[each.how] ?? TRIES[0])));
      case 'cancel':
        return this.#with(each.which, ({ id }) => app.messages.cancel(ctx, id));
      case 'receipt':
        return this.#with(each.which, ({ whatsappId }) =>
          app.receipts.apply(live, [
            { chat: ADDRESS, kind: 'DELIVERED', whatsappIds: [whatsappId], at: app.clock.now() },
          ]),
        );
      case 'redeem':
        return redeem(app.db, this.#device, { amount: each.amount, days: 5, at: app.clock.now() });
      case 'allowance':
        return setAllowance(app.db, this.#device, each.to);
      case 'expire':
        return app.deadMessages.endOf(ctx, this.#device.id);
    }
  }

  async #accept(expires: boolean): Promise<void> {
    const { message } = await app.messages.accept(this.#device.ctx, {
      deviceId: this.#device.id,
      to: '6281200000001',
      text: 'hello',
      ...(expires && { expiresInSeconds: 60 * 60 }),
    });
    this.#sent.push({ id: message.id, whatsappId: message.whatsappId ?? '' });
  }

  async #try(attempt = TRIES[0]): Promise<void> {
    const { live } = this.#session;
    const claim = await app.outbox.claim(live);
    if (claim === null || typeof claim !== 'object' || !('messages' in claim)) return;
    const [claimed] = claim.messages;
    if (claimed === undefined) return;
    const result: AttemptResult = attempt?.result ?? { kind: 'WITHDRAWN' };
    const isWritten = attempt?.written === true && (await app.outbox.markWritten(live, claimed));
    await app.outbox.settle(live, claimed, attempt?.written === isWritten ? result : { kind: 'WITHDRAWN' });
  }

  async #with(which: number, work: (message: { id: string; whatsappId: string }) => Promise<unknown>) {
    const message = this.#sent[which % Math.max(1, this.#sent.length)];
    if (message !== undefined) await work(message);
  }
}

interface Charged {
  readonly status: string;
  readonly written: boolean;
  readonly net: number;
  readonly kinds: readonly string[];
}

async function chargedMessages(device: TestDevice): Promise<readonly Charged[]> {
  return app.db.query<Charged>(
    `select m.status, m.written, sum(e.amount)::int as net, array_agg(e.kind order by e.kind) as kinds
     from message m join quota_entry e on e.message_id = m.id where m.device_id = $1 group by m.id`,
    [device.id],
  );
}

const ENDED = ['FAILED', 'EXPIRED', 'CANCELED'];

/** A unit is taken for everything that waits, was sent or may have been; for what ended and never left there is none. */
function shouldCost({ status, written }: Charged): number {
  return ENDED.includes(status) && !written ? 0 : -1;
}

it(
  'the ledger is the balance, and each message costs what became of it, in whatever order things happen',
  { timeout: 240_000 },
  async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 3, maxLength: 12 }),
        fc.nat(6),
        async (steps, allowance) => {
          const device = await app.seedDevice();
          await giveAllowance(app.db, device, allowance);
          const story = new Story(device, await app.openSession(device));
          for (const { actions, days } of steps) {
            await Promise.all(actions.map((each) => story.act(each)));
            app.clock.advance(days * DAY_MS);
            expect((await balanceOf(app.db, device)).consistent).toBe(true);
            const messages = await chargedMessages(device);
            for (const { kinds } of messages) kinds.forEach((kind) => seen.add(kind));
            for (const message of messages) expect(message).toMatchObject({ net: shouldCost(message) });
            const taken = messages.reduce((sum, { net }) => sum - net, 0);
            const [used] = await app.db.query<{ sum: number }>(
              'select coalesce(sum(used), 0)::int as sum from quota_grant where device_id = $1',
              [device.id],
            );
            expect(used?.sum).toBe(taken);
          }
        },
      ),
      { numRuns: 25, examples: [[EVERY_KIND, 3]] },
    );
    expect([...seen].sort()).toEqual(KINDS);
  },
);
