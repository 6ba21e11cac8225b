import type { EntityManager } from '@mikro-orm/postgresql';
import type { Clock } from '../../../kernel/clock.js';
import type { Database } from '../../../platform/database/database.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import type { PairingRequest } from '../../../whatsapp/index.js';
import type { Device } from '../device.entity.js';
import { changeDevice } from '../device.transition.js';
import { freeNumber } from '../pairing/number-claim.js';
import type { Pairing } from '../pairing/pairing.entity.js';
import type { PairingJournal } from '../pairing/pairing-journal.js';
import { nextStep } from './next-step.js';
import type { RowFacts, Running, Step } from './next-step.js';
import type { OwnedDevice } from './ports.js';
import { eraseCredentials, hasCredentials } from './postgres-auth-store.js';
import { findRowFacts } from './row-facts.js';
import type { OwnedWork, SessionRecorder } from './session-recorder.js';

/** What the owner does next, with what it needs for it. */
export type Plan =
  | { readonly step: 'REST' | 'UNLINK' | 'CLOSE' | 'REOPEN' | 'LOG_IN' }
  | { readonly step: 'WAIT'; readonly until: Date }
  | { readonly step: 'PAIR'; readonly pairingId: string; readonly request: PairingRequest };

/** Compares a device's row with what runs for it, and writes what the next step needs before it is taken. */
export class SessionPlanner {
  readonly #database: Database;
  readonly #recorder: SessionRecorder;
  readonly #journal: PairingJournal;
  readonly #clock: Clock;

  constructor(options: {
    database: Database;
    recorder: SessionRecorder;
    journal: PairingJournal;
    clock: Clock;
  }) {
    this.#database = options.database;
    this.#recorder = options.recorder;
    this.#journal = options.journal;
    this.#clock = options.clock;
  }

  /** What is to be done, from a look at the row alone; null when nothing is and the row says so. */
  look(owned: OwnedDevice, running: Running): Promise<Step | null> {
    const look = async (em: EntityManager): Promise<Step | null> => {
      const { id } = owned.device;
      const row = await findRowFacts(em, id);
      if (row === null) return 'CLOSE';
      const pairing = await this.#pairingOf({ em }, { id, link: row.link });
      const step = nextStep(row, pairing, running, this.#clock.now());
      return step === 'REST' && sameTime(row.wakeAt, restingWakeAt(row, pairing)) ? null : step;
    };
    return this.#database.read(owned.ctx, look, { keepsPlans: true });
  }

  /** Whether there is something to log in with. */
  hasLink(owned: OwnedDevice): Promise<boolean> {
    return this.#database.read(owned.ctx, (em) => hasCredentials({ em }, owned.device.id));
  }

  /** The socket in the row was another process's; this one is about to open its own. */
  async adopt(owned: OwnedDevice): Promise<void> {
    await this.#recorder.write(owned, async ({ tx, device, now }) => {
      if (device.connection !== 'OPEN') return;
      await changeDevice(tx, device, now, () => device.opening());
    });
  }

  /** Decides again with the row locked, and writes down that the step is being taken. */
  async prepare(owned: OwnedDevice, running: Running, adopting: boolean): Promise<Plan> {
    const ask = (tx: Transaction): Promise<boolean> => hasCredentials(tx, owned.device.id);
    const plan = await this.#recorder.writeKnowing<Plan, boolean>(owned, ask, async (work, hasLink) => {
      const { device, tx, now } = work;
      const pairing = await this.#pairingOf(tx, device);
      const step = nextStep(device, pairing, running, now, adopting);
      if (step === 'REST') device.wakeAt = restingWakeAt(device, pairing);
      if (step === 'WAIT') return { step, until: device.wakeAt ?? now };
      if (step === 'LOG_IN') return prepareLogin(work, hasLink);
      if (step === 'PAIR' && pairing !== null) return this.#preparePairing(work, pairing);
      if (step === 'EXPIRE_PAIRING') return this.#expire(work);
      return { step: step === 'PAIR' ? 'REST' : step };
    });
    return plan ?? { step: 'CLOSE' };
  }

  /**
   * The socket is closed as the row asked; `erase` removes what it logged in with. Returns false, and leaves the row alone, when it asks
   * for something else by now.
   */
  async settle(owned: OwnedDevice, erase: boolean): Promise<boolean> {
    const settled = await this.#recorder.write(owned, async ({ tx, device, now }) => {
      const pairing = await this.#pairingOf(tx, device);
      const step = nextStep(device, pairing, { kind: 'NOTHING' }, now);
      if (step !== (erase ? 'UNLINK' : 'CLOSE')) return false;
      if (erase) await eraseCredentials(tx, device.id);
      device.wakeAt = null;
      return true;
    });
    return settled ?? true;
  }

  /** The one that runs: no other decides about anything. */
  async #pairingOf(
    tx: Pick<Transaction, 'em'>,
    device: Pick<Device, 'id' | 'link'>,
  ): Promise<Pairing | null> {
    return device.link === 'PAIRING' ? this.#journal.find(tx, device.id) : null;
  }

  async #preparePairing({ tx, device, now }: OwnedWork, pairing: Pairing): Promise<Plan> {
    // An earlier link must not be logged in with. One that the phone has just confirmed to a process that died is taken over instead.
    if (pairing.attempt === 0) await eraseCredentials(tx, device.id);
    if (pairing.state !== 'STARTING') {
      pairing.restart(now);
      this.#journal.announce(tx, pairing);
    }
    await changeDevice(tx, device, now, () => device.opening());
    device.wakeAt = pairing.deadlineAt;
    const { id: pairingId, method, phoneNumber } = pairing;
    return { step: 'PAIR', pairingId, request: { method, ...(phoneNumber != null && { phoneNumber }) } };
  }

  async #expire({ tx, device, now }: OwnedWork): Promise<Plan> {
    await this.#journal.finish(tx, device, 'EXPIRED', null, now);
    await freeNumber(tx, device.id);
    await changeDevice(tx, device, now, () => device.pairingEnded('PAIRING_EXPIRED', now));
    return { step: 'UNLINK' };
  }
}

async function prepareLogin({ tx, device, now }: OwnedWork, hasLink: boolean): Promise<Plan> {
  if (hasLink) {
    await changeDevice(tx, device, now, () => device.opening());
    return { step: 'LOG_IN' };
  }
  // A process died between the phone's confirmation and the first write of what it brought.
  await freeNumber(tx, device.id);
  await changeDevice(tx, device, now, () => device.linkLost(now));
  return { step: 'UNLINK' };
}

/** When to look again at a device that is in step: a pairing must end in time even if its process dies. */
function restingWakeAt(device: Pick<RowFacts, 'link'>, pairing: Pairing | null): Date | null {
  return device.link === 'PAIRING' ? (pairing?.deadlineAt ?? null) : null;
}

function sameTime(a: Date | null | undefined, b: Date | null): boolean {
  return a?.getTime() === b?.getTime();
}
