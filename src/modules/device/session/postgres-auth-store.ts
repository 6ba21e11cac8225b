import type { EntityManager } from '@mikro-orm/postgresql';
import { bothDone } from '../../../kernel/both-done.js';
import { kernelErrors } from '../../../kernel/errors.js';
import type { DataKey } from '../../../platform/crypto/data-key.js';
import type { Database } from '../../../platform/database/database.js';
import { GatheredQuestion } from '../../../platform/database/gathered-question.js';
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
import type { InboxWriter, OwnedDevice } from './ports.js';
import { whileOwned } from './while-owned.js';

const PEER_SESSION = 'session';

interface SealedKey extends KeyName {
  readonly value: Buffer;
}

const LOAD_CREDENTIALS = new PreparedStatement<{
  readonly wrappedKey: Buffer;
  readonly credentials: Buffer | null;
}>(
  'load_credentials',
  `select wrapped_key as "wrappedKey", credentials from device_secret where device_id = $1`,
);
/** Each key is looked up by itself: there are never many, and a device has hundreds. */
const LOAD_KEYS = new PreparedStatement<SealedKey>(
  'load_signal_keys',
  `select w.type, w.id, k.value from unnest($2::text[], $3::text[]) as w (type, id)
   cross join lateral (select value from signal_key where device_id = $1 and type = w.type and key_id = w.id limit 1) k`,
);
const STORE_KEYS = new PreparedStatement(
  'store_signal_keys',
  `insert into signal_key (device_id, agency_id, subaccount_id, type, key_id, value)
   select k.device_id, $1, k.subaccount_id, k.type, k.key_id, k.value
   from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::bytea[]) as k (device_id, subaccount_id, type, key_id, value)
   order by k.device_id, k.type, k.key_id
   on conflict (device_id, type, key_id) do update set value = excluded.value`,
);

interface KeyRow {
  readonly deviceId: string;
  readonly agencyId: string;
  readonly subaccountId: string;
  readonly type: string;
  readonly keyId: string;
  readonly value: Buffer;
}

/** Of one agency. What is stored of a key last is what stays. */
const stored = new GatheredQuestion<readonly KeyRow[], void>(async (em, changes) => {
  const byKey = new Map(changes.flat().map((row) => [`${row.deviceId}:${row.type}:${row.keyId}`, row]));
  const rows = [...byKey.values()];
  await STORE_KEYS.run(em, [
    rows[0]?.agencyId,
    rows.map((row) => row.deviceId),
    rows.map((row) => row.subaccountId),
    rows.map((row) => row.type),
    rows.map((row) => row.keyId),
    rows.map((row) => row.value),
  ]);
  return changes.map(() => undefined);
});

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
    return this.#read(async (em) => {
      const [secret] = await LOAD_CREDENTIALS.run(em, [this.#deviceId]);
      if (secret === undefined) throw kernelErrors.NOT_FOUND();
      if (secret.credentials === null) return null;
      const key = this.#keys.unwrap(this.#deviceId, secret.wrappedKey);
      const credentials = key.open(secret.credentials, this.#credentialsPlace);
      return { credentials, keys: await this.#find(em, key, keysFor(credentials)) };
    });
  }

  async loadKeys(names: readonly KeyName[]): Promise<readonly StoredKey[]> {
    if (names.length === 0) return [];
    const key = await this.#dataKey();
    return this.#read((em) => this.#find(em, key, names));
  }

  async #find(em: EntityManager, key: DataKey, names: readonly KeyName[]): Promise<readonly StoredKey[]> {
    const types = names.map(({ type }) => type);
    const ids = names.map(({ id }) => id);
    const rows = await LOAD_KEYS.run(em, [this.#deviceId, types, ids]);
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

  #read<T>(work: (em: EntityManager) => Promise<T>): Promise<T> {
    return this.#database.read(this.#owned.ctx, work, { keepsPlans: true });
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
    if (rows.length > 0) await stored.of(tx.em, rows);
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
