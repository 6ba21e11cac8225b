import {
  GroupCipher,
  GroupSessionBuilder,
  SenderKeyName,
  SenderKeyRecord,
} from '@whiskeysockets/baileys/lib/Signal/Group/index.js';

/** The keys with which one phone encrypts for groups: one cipher text for all, the key sent to each device. */
export class SenderKeys {
  readonly #owner: { id: string; deviceId: number; toString: () => string };
  readonly #records = new Map<string, SenderKeyRecord>();

  constructor(lid: string) {
    this.#owner = { id: lid, deviceId: 0, toString: () => `${lid}.0` };
  }

  /** What a device needs once to read what this phone writes to the group. */
  async distribution(groupJid: string): Promise<Uint8Array> {
    const name = this.#name(groupJid);
    return (await new GroupSessionBuilder(this.#store).create(name)).serialize();
  }

  async encrypt(groupJid: string, padded: Buffer): Promise<Buffer> {
    return Buffer.from(await new GroupCipher(this.#store, this.#name(groupJid)).encrypt(padded));
  }

  #name(groupJid: string): SenderKeyName {
    return new SenderKeyName(groupJid, this.#owner);
  }

  readonly #store = {
    loadSenderKey: (name: SenderKeyName): Promise<SenderKeyRecord> => {
      const key = name.toString();
      const record = this.#records.get(key) ?? new SenderKeyRecord();
      this.#records.set(key, record);
      return Promise.resolve(record);
    },
    storeSenderKey: (name: SenderKeyName, record: SenderKeyRecord): Promise<void> => {
      this.#records.set(name.toString(), record);
      return Promise.resolve();
    },
  };
}
