import type { Clock } from '../../../kernel/clock.js';
import { Context } from '../../../kernel/context.js';
import { asSystem } from '../../../kernel/system-context.js';
import type { Database } from '../../../platform/database/database.js';
import { Device } from '../../device/index.js';
import { LockMode } from '@mikro-orm/core';
import { Message } from '../message/message.entity.js';
import { recordMove } from '../message/message.transition.js';
import { expire } from './expiry.js';

const DEVICES_AT_ONCE = 500;
const MESSAGES_AT_ONCE = 200;

/**
 * Ends waiting messages that no drain will look at: expired ones of devices that are not connected, and those of devices that are banned
 * or deleted. What a drain has in hand is left to it.
 */
export class DeadMessageService {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(options: { readonly database: Database; readonly clock: Clock }) {
    this.#database = options.database;
    this.#clock = options.clock;
  }

  /** Goes over all tenants once; returns how many messages ended. */
  async sweep(signal?: AbortSignal): Promise<number> {
    const devices = await this.#database.callFunction(
      asSystem('find messages that can never leave'),
      'list_devices_with_dead_messages',
      [this.#clock.now(), DEVICES_AT_ONCE],
    );
    let ended = 0;
    for (const device of devices) {
      if (signal?.aborted === true) break;
      ended += await this.endOf(Context.forJob('messages.end_dead', device), device.id);
    }
    return ended;
  }

  async endOf(ctx: Context, deviceId: string): Promise<number> {
    let total = 0;
    for (;;) {
      const ended = await this.#endSome(ctx, deviceId);
      total += ended;
      if (ended < MESSAGES_AT_ONCE) return total;
    }
  }

  async #endSome(ctx: Context, deviceId: string): Promise<number> {
    const now = this.#clock.now();
    return this.#database.write(ctx, async (tx) => {
      const device = await tx.em.findOne(Device, { id: deviceId });
      const banned = device?.link === 'BANNED';
      const deleted = device !== null && device.deletedAt !== null;
      const messages = await tx.em.find(
        Message,
        {
          deviceId,
          dueAt: { $ne: null },
          status: { $in: ['SCHEDULED', 'PENDING'] },
          ...(banned || deleted ? {} : { expiresAt: { $lte: now } }),
        },
        { limit: MESSAGES_AT_ONCE, orderBy: { id: 'asc' }, lockMode: LockMode.PESSIMISTIC_PARTIAL_WRITE },
      );
      const expired = messages.filter((message) => message.isExpired(now));
      await expire(tx, expired);
      for (const message of messages) {
        if (expired.includes(message)) continue;
        const previous = message.status;
        message.fail(deleted ? 'DEVICE_DELETED' : 'DEVICE_BANNED', null);
        await recordMove(tx, message, previous);
      }
      return messages.length;
    });
  }
}
