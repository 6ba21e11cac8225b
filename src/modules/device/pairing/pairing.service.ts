import type { Clock } from '../../../kernel/clock.js';
import type { Context } from '../../../kernel/context.js';
import { invalidInput } from '../../../kernel/errors.js';
import { newId } from '../../../kernel/ids.js';
import type { Database } from '../../../platform/database/database.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import type { Hints } from '../../../platform/pubsub/hints.js';
import type { Device } from '../device.entity.js';
import { deviceErrors } from '../device.errors.js';
import type { DeviceKeys } from '../device.keys.js';
import { getDevice, lockDevice } from '../device.queries.js';
import { changeDevice } from '../device.transition.js';
import type { DeviceWaker } from '../session/device-waker.js';
import { HintWait } from './hint-wait.js';
import { isFinal, Pairing } from './pairing.entity.js';
import type { PairingMethod } from './pairing.entity.js';
import { pairingTopic } from './pairing-journal.js';
import type { PairingJournal } from './pairing-journal.js';
import { viewOf } from './pairing.view.js';
import type { PairingView } from './pairing.view.js';

interface PairingRequestInput {
  readonly method: PairingMethod;
  /** E.164 digits; for PHONE_CODE. */
  readonly phoneNumber?: string | null | undefined;
}

/** Links a phone number with a device. One pairing of a device runs at a time, and every one ends. */
export class PairingService {
  readonly #database: Database;
  readonly #keys: DeviceKeys;
  readonly #journal: PairingJournal;
  readonly #waker: DeviceWaker;
  readonly #hints: Hints;
  readonly #clock: Clock;

  constructor(options: {
    database: Database;
    keys: DeviceKeys;
    journal: PairingJournal;
    waker: DeviceWaker;
    hints: Hints;
    clock: Clock;
  }) {
    this.#database = options.database;
    this.#keys = options.keys;
    this.#journal = options.journal;
    this.#waker = options.waker;
    this.#hints = options.hints;
    this.#clock = options.clock;
  }

  /** Starts a pairing; what to scan or type comes through {@link follow}. */
  async start(
    ctx: Context,
    deviceId: string,
    input: PairingRequestInput,
  ): Promise<{ device: Device; pairing: PairingView }> {
    const phoneNumber = requiredNumber(input);
    return this.#database.write(ctx, async (tx) => {
      const device = await lockDevice(tx, deviceId);
      const now = this.#clock.now();
      const earlier = await this.#journal.find(tx, deviceId);
      await changeDevice(tx, device, now, () => {
        // Nobody was there to end it in time.
        if (device.link === 'PAIRING' && earlier?.stateAt(now) === 'EXPIRED') {
          device.pairingEnded('PAIRING_EXPIRED', now);
        }
        device.requestPairing(now);
      });
      const pairing = earlier ?? this.#newRow(tx, device, now);
      pairing.begin(newId(), input.method, phoneNumber, now);
      this.#journal.announce(tx, pairing);
      tx.afterCommit(() => this.#waker.wake(device));
      return { device, pairing: viewOf(pairing, now, null) };
    });
  }

  /** Throws PAIRING_NOT_RUNNING. */
  cancel(ctx: Context, deviceId: string): Promise<Device> {
    return this.#database.write(ctx, async (tx) => {
      const device = await lockDevice(tx, deviceId);
      if (device.link !== 'PAIRING') throw deviceErrors.PAIRING_NOT_RUNNING();
      const now = this.#clock.now();
      await this.#journal.cancel(tx, device, now);
      await changeDevice(tx, device, now, () => device.pairingEnded('UNPAIRED', now));
      tx.afterCommit(() => this.#waker.wake(device));
      return device;
    });
  }

  /** The latest pairings of devices by device id. */
  async findMany(ctx: Context, deviceIds: readonly string[]): Promise<Map<string, PairingView>> {
    const pairings = await this.#database.read(ctx, (em) =>
      em.find(Pairing, { deviceId: { $in: [...deviceIds] } }, { refresh: true }),
    );
    const entries = pairings.map(
      async (pairing) => [pairing.deviceId, await this.#view(ctx, pairing)] as const,
    );
    return new Map(await Promise.all(entries));
  }

  /**
   * The pairing as it is now and then after every change, to its end; for a device that was never paired it waits for the first one.
   * `recheck` gives the caller's rights as they are now, and throws when there are none left.
   */
  async *follow(
    ctx: Context,
    deviceId: string,
    options: { readonly signal: AbortSignal; readonly recheck?: () => Promise<Context> },
  ): AsyncGenerator<PairingView, void, undefined> {
    const { subaccountId } = await this.#database.read(ctx, (em) => getDevice(em, deviceId));
    using hint = new HintWait(this.#hints, pairingTopic(deviceId), options.signal);
    let seen = '';
    let caller = ctx;
    while (!options.signal.aborted) {
      if (options.recheck !== undefined) {
        caller = await options.recheck();
        caller.require('device:pair', subaccountId);
      }
      const view = (await this.findMany(caller, [deviceId])).get(deviceId) ?? null;
      const version = JSON.stringify(view);
      if (view !== null && version !== seen) yield view;
      seen = version;
      if (view !== null && isFinal(view.state)) return;
      await hint.next();
    }
  }

  #newRow(tx: Transaction, device: Device, now: Date): Pairing {
    const { id: deviceId, agencyId, subaccountId } = device;
    return tx.em.create(Pairing, {
      deviceId,
      agencyId,
      subaccountId,
      id: newId(),
      method: 'QR',
      state: 'STARTING',
      attempt: 0,
      startedAt: now,
      deadlineAt: now,
      updatedAt: now,
    });
  }

  async #view(ctx: Context, pairing: Pairing): Promise<PairingView> {
    const now = this.#clock.now();
    const key = pairing.secret == null ? null : await this.#keys.dataKey(ctx, pairing.deviceId);
    return viewOf(pairing, now, key);
  }
}

function requiredNumber({ method, phoneNumber }: PairingRequestInput): string | null {
  if (method === 'QR') return null;
  if (phoneNumber != null) return phoneNumber;
  throw invalidInput([{ path: 'input.phoneNumber', message: 'is required for PHONE_CODE' }]);
}
