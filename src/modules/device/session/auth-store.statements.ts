import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { GatheredQuestion } from '../../../platform/database/gathered-question.js';
import { PreparedStatement } from '../../../platform/database/prepared-statement.js';
import type { KeyName } from '../../../whatsapp/index.js';

export interface SealedKey extends KeyName {
  readonly value: Buffer;
}

interface Secret {
  readonly deviceId: string;
  readonly wrappedKey: Buffer;
  readonly credentials: Buffer | null;
}

const LOAD_CREDENTIALS = new PreparedStatement<Secret & Record<string, unknown>>(
  'load_credentials',
  `select device_id as "deviceId", wrapped_key as "wrappedKey", credentials
   from device_secret where device_id = any($1::uuid[])`,
);
/** Each key is looked up by itself: there are never many, and a device has hundreds. */
const LOAD_KEYS = new PreparedStatement<SealedKey & { readonly deviceId: string }>(
  'load_signal_keys',
  `select w.device_id as "deviceId", w.type, w.id, k.value
   from unnest($1::uuid[], $2::text[], $3::text[]) as w (device_id, type, id)
   cross join lateral (
     select value from signal_key where device_id = w.device_id and type = w.type and key_id = w.id limit 1) k`,
);

const secrets = new GatheredQuestion<string, Secret | null>(async (em, deviceIds) => {
  const found = new Map((await LOAD_CREDENTIALS.run(em, [deviceIds])).map((row) => [row.deviceId, row]));
  return deviceIds.map((id) => found.get(id) ?? null);
});

interface Wanted {
  readonly deviceId: string;
  readonly names: readonly KeyName[];
}

const slotOf = ({ type, id }: KeyName): string => `${type}:${id}`;

const sealedKeys = new GatheredQuestion<Wanted, readonly SealedKey[]>(async (em, wanted) => {
  const all = wanted.flatMap(({ deviceId, names }) => names.map((name) => ({ deviceId, ...name })));
  const rows = await LOAD_KEYS.run(em, [
    all.map(({ deviceId }) => deviceId),
    all.map(({ type }) => type),
    all.map(({ id }) => id),
  ]);
  const found = Map.groupBy(rows, ({ deviceId }) => deviceId);
  return wanted.map(({ deviceId, names }) => {
    const slots = new Set(names.map(slotOf));
    return (found.get(deviceId) ?? []).filter((row) => slots.has(slotOf(row)));
  });
});

const STORE_KEYS = new PreparedStatement(
  'store_signal_keys',
  `insert into signal_key (device_id, agency_id, subaccount_id, type, key_id, value)
   select k.device_id, $1, k.subaccount_id, k.type, k.key_id, k.value
   from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::bytea[]) as k (device_id, subaccount_id, type, key_id, value)
   order by k.device_id, k.type, k.key_id
   on conflict (device_id, type, key_id) do update set value = excluded.value`,
);

export interface KeyRow {
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

/** null: there is no such device. */
export function findSecret(em: SqlEntityManager, deviceId: string): Promise<Secret | null> {
  return secrets.of(em, deviceId);
}

/** Those that there are. */
export function findSealedKeys(
  em: SqlEntityManager,
  deviceId: string,
  names: readonly KeyName[],
): Promise<readonly SealedKey[]> {
  return sealedKeys.of(em, { deviceId, names });
}

/** All of one agency, also what other devices store in the same transaction. */
export function storeSealedKeys(em: SqlEntityManager, rows: readonly KeyRow[]): Promise<void> {
  return stored.of(em, rows);
}
