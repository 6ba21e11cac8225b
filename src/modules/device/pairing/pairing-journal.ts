import type { Transaction } from '../../../platform/database/transaction.js';
import type { Hints } from '../../../platform/pubsub/hints.js';
import type { Device } from '../device.entity.js';
import { pairingUpdated } from '../device.events.js';
import { Pairing } from './pairing.entity.js';
import type { FinalPairingState } from './pairing.entity.js';

export const pairingTopic = (deviceId: string): string => `pairing:${deviceId}`;

/** The pairing rows inside transactions: who waits for one is told of every change after the commit. */
export class PairingJournal {
  readonly #hints: Hints;

  constructor(hints: Hints) {
    this.#hints = hints;
  }

  find(tx: Pick<Transaction, 'em'>, deviceId: string): Promise<Pairing | null> {
    return tx.em.findOne(Pairing, { deviceId }, { refresh: true });
  }

  /** The event log and the followers hear of it. */
  announce(tx: Transaction, pairing: Pairing): void {
    tx.append(pairingUpdated(pairing));
    tx.afterCommit(() => this.#hints.publish(pairingTopic(pairing.deviceId)));
  }

  /** Ends the running pairing of a device, if there is one. The device's row must be locked. */
  async finish(
    tx: Transaction,
    device: Device,
    state: FinalPairingState,
    failure: string | null,
    now: Date,
  ): Promise<void> {
    const pairing = await this.find(tx, device.id);
    if (pairing === null || !pairing.isRunning) return;
    pairing.finish(state, failure, now);
    this.announce(tx, pairing);
  }

  cancel(tx: Transaction, device: Device, now: Date): Promise<void> {
    return this.finish(tx, device, 'CANCELED', null, now);
  }
}
