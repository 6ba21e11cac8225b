import { z } from 'zod';
import { LockMode } from '@mikro-orm/core';
import type { Clock } from '../../../kernel/clock.js';
import type { Context } from '../../../kernel/context.js';
import { parseInput } from '../../../kernel/input.js';
import type { Database } from '../../../platform/database/database.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { lockSubaccount, subaccountResumed, subaccountSuspended } from '../../tenancy/index.js';
import type { Subaccount, TenantScopes } from '../../tenancy/index.js';
import { Device } from '../device.entity.js';
import { changeDevice } from '../device.transition.js';
import type { PairingJournal } from '../pairing/pairing-journal.js';
import type { DeviceWaker } from '../session/device-waker.js';

const MAX_REASON_LENGTH = 500;
const suspension = z.object({
  reason: z
    .string()
    .trim()
    .max(MAX_REASON_LENGTH, `must have at most ${MAX_REASON_LENGTH} characters`)
    .nullish(),
});

/**
 * Stops and starts all devices of a client of the agency. Sockets close and links stay; messages that wait go on waiting, new ones
 * are refused, and everything can still be read. What the people of a device suspended themselves stays suspended.
 */
export class SubaccountSuspension {
  readonly #database: Database;
  readonly #scopes: TenantScopes;
  readonly #pairings: Pick<PairingJournal, 'cancel'>;
  readonly #waker: Pick<DeviceWaker, 'wake'>;
  readonly #clock: Clock;

  constructor(options: {
    readonly database: Database;
    readonly scopes: TenantScopes;
    readonly pairings: Pick<PairingJournal, 'cancel'>;
    readonly waker: Pick<DeviceWaker, 'wake'>;
    readonly clock: Clock;
  }) {
    this.#database = options.database;
    this.#scopes = options.scopes;
    this.#pairings = options.pairings;
    this.#waker = options.waker;
    this.#clock = options.clock;
  }

  /** Suspended again, it has another reason. */
  async suspend(ctx: Context, subaccountId: string, input: z.input<typeof suspension>): Promise<Subaccount> {
    const { reason } = parseInput(suspension, input);
    const inside = await this.#scopes.enterSubaccount(ctx, subaccountId);
    return this.#database.write(inside, async (tx) => {
      const subaccount = await lockSubaccount(tx.em, subaccountId);
      const wasSuspended = subaccount.isSuspended;
      subaccount.suspend(reason === '' ? null : (reason ?? null), this.#clock.now());
      await this.#changeAll(tx, subaccountId, async (device, now) => {
        await this.#pairings.cancel(tx, device, now);
        device.suspendWithSubaccount(now);
      });
      if (!wasSuspended) tx.append(subaccountSuspended(subaccount));
      return subaccount;
    });
  }

  /** Its devices connect again. Resuming one that is not suspended changes nothing. */
  async resume(ctx: Context, subaccountId: string): Promise<Subaccount> {
    const inside = await this.#scopes.enterSubaccount(ctx, subaccountId);
    return this.#database.write(inside, async (tx) => {
      const subaccount = await lockSubaccount(tx.em, subaccountId);
      if (!subaccount.isSuspended) return subaccount;
      subaccount.resume();
      await this.#changeAll(tx, subaccountId, (device, now) => device.resumeWithSubaccount(now));
      tx.append(subaccountResumed(subaccount));
      return subaccount;
    });
  }

  /** In the order of their ids, so that two of these cannot block each other. */
  async #changeAll(
    tx: Transaction,
    subaccountId: string,
    change: (device: Device, now: Date) => void | Promise<void>,
  ): Promise<void> {
    const devices = await tx.em.find(
      Device,
      { subaccountId, deletedAt: null },
      { orderBy: { id: 'asc' }, lockMode: LockMode.PESSIMISTIC_WRITE },
    );
    const now = this.#clock.now();
    for (const device of devices) {
      await changeDevice(tx, device, now, () => change(device, now));
      tx.afterCommit(() => this.#waker.wake(device));
    }
  }
}
