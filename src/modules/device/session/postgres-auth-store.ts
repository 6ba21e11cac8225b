import type { EntityManager } from '@mikro-orm/postgresql';
import { bothDone } from '../../../kernel/both-done.js';
import { kernelErrors } from '../../../kernel/errors.js';
import type { DataKey } from '../../../platform/crypto/data-key.js';
import type { Database } from '../../../platform/database/database.js';
import { PreparedStatement } from '../../../platform/database/prepared-statement.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import type { Logger } from '../../../platform/logging/logger.js';
import type {
  AuthCommit,
  AuthStore,
  InboxEntry,
  KeyChange,
  KeyName,
  StoredCredentials,
  StoredKey,
} from '../../../whatsapp/index.js';
import type { DeviceTables } from '../device.tables.js';
import type { DeviceKeys } from '../device.keys.js';
import { findSealedKeys, findSecret, storeSealedKeys } from './auth-store.statements.js';
import type { SealedKey } from './auth-store.statements.js';
import type { InboxWriter, OwnedDevice } from './ports.js';
import { whileOwned } from './while-owned.js';

const PEER_SESSION = 'session';

/**
 * Credentials and Signal keys of one device in PostgreSQL, each value sealed with the device's data key for its own place. A commit is one
 * transaction with the inbox rows that belong to it, and is refused when another process owns the device by now.
 */
export class PostgresAuthStore implements AuthStore {
  readonly #database: Database;
  readonly #keys: DeviceKeys;
  readonly #inbox: InboxWriter;
  readonly #owned: OwnedDevice;
  readonly #deviceId: string;
  readonly #logger: Logger;

  constructor(options: {
    database: Database;
    keys: DeviceKeys;
    inbox: InboxWriter;
    owned: OwnedDevice;
    logger: Logger;
  }) {
    this.#database = options.database;
    this.#keys = options.keys;
    this.#inbox = options.inbox;
    this.#owned = options.owned;
    this.#deviceId = options.owned.device.id;
    this.#logger = options.logger;
  }

  async loadCredentials(
    keysFor: (credentials: Uint8Array) => readonly KeyName[],
  ): Promise<StoredCredentials | null> {
    // All devices of an agency log in when a process starts.
    return this.#database.share(this.#owned.ctx, async ({ em }) => {
      const secret = await findSecret(em, this.#deviceId);
      if (secret === null) throw kernelErrors.NOT_FOUND();
      if (secret.credentials === null) return null;
      const key = this.#keys.unwrap(this.#deviceId, secret.wrappedKey);
      const credentials = key.open(secret.credentials, this.#credentialsPlace);
      return { credentials, keys: await this.#find(em, key, keysFor(credentials)) };
    });
  }

  async loadKeys(names: readonly KeyName[]): Promise<readonly StoredKey[]> {
    if (names.length === 0) return [];
    const key = await this.#dataKey();
    return this.#database.read(this.#owned.ctx, (em) => this.#find(em, key, names), { keepsPlans: true });
  }

  async #find(em: EntityManager, key: DataKey, names: readonly KeyName[]): Promise<readonly StoredKey[]> {
    const rows = await findSealedKeys(em, this.#deviceId, names);
    return rows.flatMap((row) => this.#open(key, row) ?? []);
  }

  /** A damaged session of one peer is as good as none: the next message makes another. Anything else damaged ends the session. */
  #open(key: DataKey, { type, id, value }: SealedKey): StoredKey | null {
    try {
      return { type, id, value: key.open(value, this.#keyPlace(type, id)) };
    } catch (err) {
      if (type !== PEER_SESSION) throw err;
      this.#logger.error({ err, deviceId: this.#deviceId }, 'the Signal session of a peer is damaged');
      return null;
    }
  }

  async commit(change: AuthCommit): Promise<void> {
    const key = await this.#dataKey();
    await this.#write(async (tx) => {
      const { credentials, keys, inbox, intents = [] } = change;
      if (credentials !== undefined) await this.#storeCredentials(tx, key, credentials);
      const noted = async (): Promise<void> => {
        if (inbox.length > 0) await this.#inbox.writeInbox(tx, this.#owned, inbox);
        if (intents.length > 0) await this.#inbox.noteIntents(tx, this.#owned, intents);
      };
      await bothDone(this.#storeKeys(tx, key, keys), noted());
      await this.#removeKeys(tx, keys);
    });
  }

  erase(): Promise<void> {
    return this.#write((tx) => eraseCredentials(tx, this.#deviceId));
  }

  findInbox(
    entry: Pick<InboxEntry, 'whatsappId' | 'chat' | 'participant' | 'fromMe'>,
  ): Promise<Uint8Array | null | undefined> {
    return this.#inbox.findInbox(this.#owned, entry);
  }

  findSent(whatsappId: string): Promise<Uint8Array | null> {
    return this.#inbox.findSent(this.#owned, whatsappId);
  }

  get #credentialsPlace(): string {
    return `device_secret.credentials:${this.#deviceId}`;
  }

  #keyPlace(type: string, id: string): string {
    return `signal_key:${this.#deviceId}:${type}:${id}`;
  }

  #dataKey(): Promise<DataKey> {
    return this.#keys.dataKey(this.#owned.ctx, this.#deviceId);
  }

  #write(work: (tx: Transaction) => Promise<void>): Promise<void> {
    const owned = this.#owned;
    return this.#database.share(owned.ctx, (tx) => whileOwned(owned, tx, () => work(tx)));
  }

  async #storeCredentials(tx: Transaction, key: DataKey, credentials: Uint8Array): Promise<void> {
    const sealed = key.seal(credentials, this.#credentialsPlace);
    await setCredentials(tx, this.#deviceId, sealed);
  }

  async #storeKeys(tx: Transaction, key: DataKey, changes: readonly KeyChange[]): Promise<void> {
    const { id: deviceId, agencyId, subaccountId } = this.#owned.device;
    const rows = changes.flatMap(({ type, id: keyId, value }) => {
      if (value === null) return [];
      const sealed = key.seal(value, this.#keyPlace(type, keyId));
      return [{ deviceId, agencyId, subaccountId, type, keyId, value: sealed }];
    });
    if (rows.length > 0) await storeSealedKeys(tx.em, rows);
  }

  async #removeKeys(tx: Transaction, changes: readonly KeyChange[]): Promise<void> {
    const gone = changes.filter(({ value }) => value === null);
    if (gone.length === 0) return;
    await tx.em
      .getKysely<DeviceTables>()
      .deleteFrom('signal_key')
      .where('device_id', '=', this.#deviceId)
      .where((row) => row.or(gone.map(({ type, id }) => row.and({ type, key_id: id }))))
      .execute();
  }
}

/** Nothing is left to log in with. */
export async function eraseCredentials(tx: Transaction, deviceId: string): Promise<void> {
  await setCredentials(tx, deviceId, null);
  await tx.em.getKysely<DeviceTables>().deleteFrom('signal_key').where('device_id', '=', deviceId).execute();
}

async function setCredentials(tx: Transaction, deviceId: string, credentials: Buffer | null): Promise<void> {
  await tx.em
    .getKysely<DeviceTables>()
    .updateTable('device_secret')
    .set({ credentials })
    .where('device_id', '=', deviceId)
    .execute();
}

const HAS_CREDENTIALS = new PreparedStatement<object>(
  'has_credentials',
  'select from device_secret where device_id = $1 and credentials is not null',
);

export async function hasCredentials(tx: Pick<Transaction, 'em'>, deviceId: string): Promise<boolean> {
  return (await HAS_CREDENTIALS.run(tx.em, [deviceId])).length > 0;
}
