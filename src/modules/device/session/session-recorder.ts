import { bothDone } from '../../../kernel/both-done.js';
import type { Clock } from '../../../kernel/clock.js';
import type { Database } from '../../../platform/database/database.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import type { LinkedIdentity, NewChatQuota, ReachoutLock, SessionClose } from '../../../whatsapp/index.js';
import type { Device } from '../device.entity.js';
import { deviceUpdated, messagesUnreadable } from '../device.events.js';
import { findLockedDevice } from '../device.queries.js';
import { changeDevice } from '../device.transition.js';
import { claimNumber, freeNumber, holdsNumber } from '../pairing/number-claim.js';
import type { Pairing } from '../pairing/pairing.entity.js';
import type { PairingJournal } from '../pairing/pairing-journal.js';
import type { OwnedDevice } from './ports.js';
import { whileOwned } from './while-owned.js';

/** WhatsApp does not always say when a limit ends; then it is asked again after a day. */
const UNKNOWN_LOCK_MS = 86_400_000;

export interface OwnedWork {
  readonly tx: Transaction;
  readonly device: Device;
  readonly now: Date;
}

/** What a session learns, written under its lease: every method throws SessionFencedError once another process owns the device. */
export class SessionRecorder {
  readonly #database: Database;
  readonly #journal: PairingJournal;
  readonly #clock: Clock;
  readonly #random: () => number;

  constructor(options: { database: Database; journal: PairingJournal; clock: Clock; random: () => number }) {
    this.#database = options.database;
    this.#journal = options.journal;
    this.#clock = options.clock;
    this.#random = options.random;
  }

  /** Runs `work` with the device's row locked; null when there is no such device. */
  write<T>(owned: OwnedDevice, work: (given: OwnedWork) => Promise<T>): Promise<T | null> {
    return this.writeKnowing(owned, async () => undefined, work);
  }

  /** As {@link write}; what `ask` asks the database leaves together with the look at the row. */
  writeKnowing<T, A>(
    owned: OwnedDevice,
    ask: (tx: Transaction) => Promise<A>,
    work: (given: OwnedWork, answer: A) => Promise<T>,
  ): Promise<T | null> {
    const attempt = async (tx: Transaction): Promise<T | null> => {
      const look = () => bothDone(findLockedDevice(tx, owned.device.id), ask(tx));
      const [device, answer] = await whileOwned(owned, tx, look);
      return device === null ? null : work({ tx, device, now: this.#clock.now() }, answer);
    };
    return this.#database.share(owned.ctx, attempt);
  }

  /** Logged in. The number may be another one by now, so it is claimed again. */
  async opened(owned: OwnedDevice, identity: LinkedIdentity): Promise<void> {
    const { phoneNumber } = identity;
    const ask = (tx: Transaction): Promise<boolean> => holdsNumber(tx, owned.device.id, phoneNumber);
    await this.writeKnowing(owned, ask, async ({ tx, device, now }, isHeld) => {
      if (device.link !== 'PAIRED' || device.suspended) return;
      const isOurs = isHeld || (await claimNumber(tx, device, phoneNumber, now));
      await changeDevice(tx, device, now, () => {
        if (isOurs) device.opened(identity, now);
        else device.rejected('NUMBER_IN_USE', now);
      });
    });
  }

  /**
   * The socket is gone. A running pairing goes on with another socket, or ends when the reason is final. `pairingId`: what the session was
   * opened for; the end of one that was given up says nothing about the pairing that runs by now.
   */
  async closed(owned: OwnedDevice, close: SessionClose, pairingId: string | null): Promise<void> {
    await this.write(owned, async ({ tx, device, now }) => {
      if (device.link === 'PAIRING') {
        const pairing = await this.#journal.find(tx, device.id);
        if (pairing?.id !== pairingId) return;
        await this.#pairingClosed({ tx, device, now }, pairing, close);
      }
      const wasPaired = device.link === 'PAIRED';
      await changeDevice(tx, device, now, () => device.closed(close, now, this.#random));
      if (wasPaired && device.link === 'LOGGED_OUT') await freeNumber(tx, device.id);
    });
  }

  async renamed(owned: OwnedDevice, name: string): Promise<void> {
    await this.write(owned, async ({ tx, device }) => {
      if (device.profileName === name) return;
      device.profileName = name;
      tx.append(deviceUpdated(device, ['profileName']));
    });
  }

  async messagesUnreadable(owned: OwnedDevice): Promise<void> {
    await this.write(owned, async ({ tx, device }) => tx.append(messagesUnreadable(device)));
  }

  async reachoutLocked(owned: OwnedDevice, lock: ReachoutLock): Promise<void> {
    await this.write(owned, async ({ tx, device, now }) => {
      const end = lock.endsAt ?? new Date(now.getTime() + UNKNOWN_LOCK_MS);
      const until = lock.active ? end : null;
      if (until?.getTime() === device.reachoutLockedUntil?.getTime()) return;
      await changeDevice(tx, device, now, () => device.lockReachout(until));
      tx.append(deviceUpdated(device, ['newChatsLimitedUntil', 'attention']));
    });
  }

  async newChatQuota(owned: OwnedDevice, quota: NewChatQuota): Promise<void> {
    await this.write(owned, async ({ tx, device, now }) => {
      await changeDevice(tx, device, now, () => device.limitNewChats(quota, now));
      tx.append(deviceUpdated(device, ['newChatQuota', 'attention']));
    });
  }

  async #pairingClosed({ tx, device, now }: OwnedWork, pairing: Pairing, close: SessionClose): Promise<void> {
    if (close.action === 'RECONNECT_NOW' || close.action === 'BACK_OFF') {
      if (!pairing.isRunning) return;
      pairing.restart(now);
      this.#journal.announce(tx, pairing);
      return;
    }
    // Closed by us: the row says already why, or another process goes on with it.
    if (close.reason === 'CLOSED_BY_US') return;
    const expired = close.reason === 'PAIRING_EXPIRED';
    await this.#journal.finish(
      tx,
      device,
      expired ? 'EXPIRED' : 'FAILED',
      expired ? null : close.reason,
      now,
    );
    await freeNumber(tx, device.id);
    await changeDevice(tx, device, now, () =>
      device.pairingEnded(expired ? 'PAIRING_EXPIRED' : 'UNPAIRED', now),
    );
  }
}
