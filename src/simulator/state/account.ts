import type { SeededRandom } from '../crypto/seeded-random.js';
import { PhoneKeys } from '../signal/phone-keys.js';
import { lidAddress, phoneAddress } from '../wire/address.js';
import { AppState } from './app-state.js';
import type { LinkedDevice } from './linked-device.js';
import type { PhonePort } from './phone-port.js';

export interface AccountProfile {
  readonly number: string;
  readonly lid: string;
  readonly name: string;
  readonly business: boolean;
  readonly verifiedName: string | undefined;
}

/** In the words of WhatsApp's own payload. */
export interface ReachoutTimelock {
  readonly is_active: boolean;
  /** Unix seconds. */
  readonly time_enforcement_ends: string;
  readonly enforcement_type: string;
}

/** A WhatsApp account: who it is, its keys and the devices linked to it. */
export class Account {
  readonly profile: AccountProfile;
  readonly keys: PhoneKeys;
  readonly appState: AppState;
  /** Set while WhatsApp does not let the account write to strangers. */
  reachoutTimelock: ReachoutTimelock | undefined;
  /** As WhatsApp words how many new chats the account may still begin; null while nothing was said. */
  newChatCap: Record<string, unknown> | null = null;
  /** Numbers that have written to this account: writing back to them is never a cold message. */
  readonly acquaintances = new Set<string>();
  /** Banned accounts are refused with 403 at every login. */
  banned = false;
  /** Linked devices that asked for this account's device list and must hear when it changes. */
  readonly watchers = new Set<LinkedDevice>();
  readonly #devices = new Map<number, LinkedDevice>();
  #phone: PhonePort | undefined;
  #nextDeviceId = 1;

  constructor(profile: AccountProfile, random: SeededRandom) {
    this.profile = profile;
    this.keys = new PhoneKeys(random);
    this.appState = new AppState(random.fork('app-state'), profile.name);
  }

  get number(): string {
    return this.profile.number;
  }

  get lid(): string {
    return this.profile.lid;
  }

  get devices(): LinkedDevice[] {
    return [...this.#devices.values()];
  }

  get phone(): PhonePort {
    if (!this.#phone) throw new Error('the account has no phone yet');
    return this.#phone;
  }

  attachPhone(phone: PhonePort): void {
    this.#phone = phone;
  }

  device(id: number): LinkedDevice | undefined {
    return this.#devices.get(id);
  }

  reserveDeviceId(): number {
    return this.#nextDeviceId++;
  }

  link(device: LinkedDevice): void {
    this.#devices.set(device.id, device);
  }

  forget(device: LinkedDevice): void {
    this.#devices.delete(device.id);
  }

  /** The address of a device of this account, in the addressing of the chat. */
  address(addressing: 'pn' | 'lid', device = 0): string {
    return addressing === 'lid' ? lidAddress(this.lid, device) : phoneAddress(this.number, device);
  }
}
