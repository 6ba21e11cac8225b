import type { LinkedIdentity } from '../../../whatsapp/index.js';
import { getSubaccount } from '../../tenancy/index.js';
import type { RejectReason } from '../device.attention.js';
import type { DeviceKeys } from '../device.keys.js';
import { changeDevice } from '../device.transition.js';
import { claimNumber } from '../pairing/number-claim.js';
import type { PairingJournal } from '../pairing/pairing-journal.js';
import { sealSecret } from '../pairing/pairing.view.js';
import type { OwnedDevice } from './ports.js';
import type { OwnedWork, SessionRecorder } from './session-recorder.js';

/** What a pairing session learns, written under the device's lease. A pairing that was canceled or replaced meanwhile is left alone. */
export class PairingRecorder {
  readonly #recorder: SessionRecorder;
  readonly #journal: PairingJournal;
  readonly #keys: DeviceKeys;

  constructor(options: { recorder: SessionRecorder; journal: PairingJournal; keys: DeviceKeys }) {
    this.#recorder = options.recorder;
    this.#journal = options.journal;
    this.#keys = options.keys;
  }

  /** There is something to scan or type, until `expiresAt`. */
  async offered(owned: OwnedDevice, pairingId: string, secret: string, expiresAt: Date): Promise<void> {
    await this.#recorder.write(owned, async ({ tx, device, now }) => {
      const pairing = await this.#journal.find(tx, device.id);
      if (pairing?.id !== pairingId || !pairing.isRunning) return;
      const key = await this.#keys.dataKeyIn(tx, device.id);
      pairing.offer(sealSecret(pairing, secret, key), expiresAt, now);
      this.#journal.announce(tx, pairing);
    });
  }

  /**
   * The phone confirmed. Returns whether the link may stay: the number is ours and of the kind that the subaccount wants. Asked again after
   * a crash, when the answer did not reach the credentials.
   */
  async confirmed(owned: OwnedDevice, pairingId: string | null, identity: LinkedIdentity): Promise<boolean> {
    const kept = await this.#recorder.write(owned, async (work) => {
      const { tx, device, now } = work;
      if (device.link === 'PAIRED') return claimNumber(tx, device, identity.phoneNumber, now);
      const pairing = await this.#journal.find(tx, device.id);
      if (device.link !== 'PAIRING' || pairing?.id !== pairingId || !pairing.isRunning) return false;
      const refusal = await this.#refusal(work, identity);
      await changeDevice(tx, device, now, () => {
        if (refusal === null) device.paired(identity, now);
        else device.rejected(refusal, now);
      });
      await this.#journal.finish(tx, device, refusal === null ? 'SUCCEEDED' : 'FAILED', refusal, now);
      return refusal === null;
    });
    return kept ?? false;
  }

  async #refusal({ tx, device, now }: OwnedWork, identity: LinkedIdentity): Promise<RejectReason | null> {
    const { requireBusinessAccount } = await getSubaccount(tx.em, device.subaccountId);
    if (requireBusinessAccount && !identity.business) return 'NOT_A_BUSINESS_ACCOUNT';
    return (await claimNumber(tx, device, identity.phoneNumber, now)) ? null : 'NUMBER_IN_USE';
  }
}
