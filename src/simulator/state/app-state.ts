import { encodeSyncdPatch, newLTHashState, proto, type WAPatchCreate } from '@whiskeysockets/baileys';
import type { SeededRandom } from '../crypto/seeded-random.js';

interface Collection {
  readonly patches: Uint8Array[];
}

/** The settings that the devices of an account share, as encrypted patches; and the key they are encrypted with. */
export class AppState {
  readonly keyId: Buffer;
  readonly keyData: Buffer;
  readonly #collections = new Map<string, Collection>();
  readonly #pushName: string;
  #hashStates = new Map<string, ReturnType<typeof newLTHashState>>();

  constructor(random: SeededRandom, pushName: string) {
    this.keyId = Buffer.concat([Buffer.from([0, 0]), random.bytes(4)]);
    this.keyData = random.bytes(32);
    this.#pushName = pushName;
  }

  /** The account's own name, which companions learn from here and from nowhere else. */
  async ensureInitialPatches(): Promise<void> {
    if (this.versionOf('critical_block') > 0 || this.#pushName === '') return;
    await this.change({
      type: 'critical_block',
      index: ['setting_pushName'],
      syncAction: { pushNameSetting: { name: this.#pushName }, timestamp: Date.now() },
      apiVersion: 1,
      operation: proto.SyncdMutation.SyncdOperation.SET,
    });
  }

  /** A change made on the phone; returns the new version of its collection. */
  async change(patch: WAPatchCreate): Promise<number> {
    const state = this.#hashStates.get(patch.type) ?? newLTHashState();
    const key = proto.Message.AppStateSyncKeyData.create({ keyData: this.keyData });
    const encoded = await encodeSyncdPatch(patch, this.keyId.toString('base64'), state, () =>
      Promise.resolve(key),
    );
    this.#hashStates.set(patch.type, encoded.state);
    return this.append(patch.type, proto.SyncdPatch.encode(encoded.patch).finish());
  }

  versionOf(name: string): number {
    return this.#collections.get(name)?.patches.length ?? 0;
  }

  append(name: string, patch: Uint8Array): number {
    const collection = this.#collections.get(name) ?? { patches: [] };
    this.#collections.set(name, collection);
    const version = collection.patches.length + 1;
    const numbered = proto.SyncdPatch.decode(patch);
    numbered.version = proto.SyncdVersion.create({ version });
    collection.patches.push(proto.SyncdPatch.encode(numbered).finish());
    return version;
  }

  /** The patches a device lacks that knows everything up to `version`. */
  since(name: string, version: number): readonly Uint8Array[] {
    return this.#collections.get(name)?.patches.slice(version) ?? [];
  }
}
