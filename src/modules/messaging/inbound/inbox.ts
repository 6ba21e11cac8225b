import { toUSVString } from 'node:util';
import { newId } from '../../../kernel/ids.js';
import type { Clock } from '../../../kernel/clock.js';
import type { DataKey } from '../../../platform/crypto/data-key.js';
import type { Database } from '../../../platform/database/database.js';
import { PreparedStatement } from '../../../platform/database/prepared-statement.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import type { InboxEntry, InboxEnvelope } from '../../../whatsapp/index.js';
import type { DeviceKeys, InboxWriter, OwnedDevice } from '../../device/index.js';
import { contentPlace } from '../message/message.content.js';
import type { MessagingTables } from '../messaging.tables.js';
import { WriteIntent } from '../outbound/write-intent.js';

/** What names a received message for ever. */
type EntryName = Pick<InboxEntry, 'whatsappId' | 'chat' | 'participant' | 'fromMe'>;

const STORE_ENTRIES = new PreparedStatement(
  'store_inbox_entries',
  `insert into inbox (id, agency_id, subaccount_id, device_id, whatsapp_id, chat, participant, from_me, content,
                      envelope, received_at, due_at, attempt_count, failure)
   select e.id, $1, $2, $3, e.whatsapp_id, e.chat, e.participant, e.from_me, e.content, e.envelope, $4, $4, 0, null
   from unnest($5::uuid[], $6::text[], $7::text[], $8::text[], $9::boolean[], $10::bytea[], $11::jsonb[])
     as e (id, whatsapp_id, chat, participant, from_me, content, envelope)
   on conflict (device_id, whatsapp_id, chat, participant, from_me) do update
     set content = excluded.content, due_at = excluded.due_at, attempt_count = 0, failure = null
     where inbox.content is null and excluded.content is not null`,
);

/**
 * What WhatsApp delivered, as it came. A row is written in the transaction of the Signal step that decrypted it, before WhatsApp is told
 * that we have it; it stays a while, because a redelivery can no longer be decrypted.
 */
export class Inbox implements InboxWriter {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #keys: DeviceKeys;

  constructor(options: {
    readonly database: Database;
    readonly clock: Clock;
    readonly deviceKeys: DeviceKeys;
  }) {
    this.#database = options.database;
    this.#clock = options.clock;
    this.#keys = options.deviceKeys;
  }

  /** A content that could not be decrypted at first is filled in, a known one is left alone. */
  async writeInbox(tx: Transaction, { device }: OwnedDevice, entries: readonly InboxEntry[]): Promise<void> {
    const key = await this.#keys.dataKeyIn(tx, device.id);
    const each = onceEach(device.id, entries);
    await STORE_ENTRIES.run(tx.em, [
      device.agencyId,
      device.subaccountId,
      device.id,
      this.#clock.now(),
      each.map(() => newId()),
      each.map(({ whatsappId }) => whatsappId),
      each.map(({ chat }) => chat),
      each.map(({ participant }) => participant ?? ''),
      each.map(({ fromMe }) => fromMe),
      each.map((entry) =>
        entry.content === null ? null : key.seal(entry.content, inboxPlace(device.id, entry)),
      ),
      each.map(({ envelope }) => storedEnvelope(envelope)),
    ]);
  }

  async noteIntents(tx: Transaction, _owned: OwnedDevice, intents: readonly object[]): Promise<void> {
    const own = intents.filter((intent) => intent instanceof WriteIntent);
    if (own.length < intents.length) throw new Error('an intent that is none of ours');
    await WriteIntent.noteAll(tx, own, this.#clock.now());
  }

  async findInbox({ ctx, device }: OwnedDevice, entry: EntryName): Promise<Uint8Array | null | undefined> {
    const row = await this.#database.read(ctx, (em) =>
      em
        .getKysely<MessagingTables>()
        .selectFrom('inbox')
        .select('content')
        .where((eb) => eb.and(nameColumns(device.id, entry)))
        .executeTakeFirst(),
    );
    if (row === undefined || row.content === null) return row?.content;
    const key = await this.#keys.dataKey(ctx, device.id);
    return key.open(row.content, inboxPlace(device.id, entry));
  }

  /** The frozen content of a message that left this device, for a recipient that could not read it. */
  async findSent({ ctx, device }: OwnedDevice, whatsappId: string): Promise<Uint8Array | null> {
    const row = await this.#database.read(ctx, (em) =>
      em
        .getKysely<MessagingTables>()
        .selectFrom('message_key')
        .innerJoin('message', 'message.id', 'message_key.message_id')
        .select(['message.id', 'message.content'])
        .where('message_key.device_id', '=', device.id)
        .where('message_key.whatsapp_id', '=', whatsappId)
        .where('message_key.direction', '=', 'OUTBOUND')
        .executeTakeFirst(),
    );
    if (!row?.content) return null;
    const key = await this.#keys.dataKey(ctx, device.id);
    return key.open(row.content, contentPlace(row.id));
  }
}

interface Tenant {
  readonly agencyId: string;
  readonly subaccountId: string;
}

/** A stored row, opened. */
export interface TakenEntry {
  readonly id: string;
  /** Tries that failed before. */
  readonly failures: number;
  readonly entry: InboxEntry | { readonly unreadable: Error };
}

interface InboxRow extends Tenant {
  readonly id: string;
  readonly whatsapp_id: string;
  readonly chat: string;
  readonly participant: string;
  readonly from_me: boolean;
  readonly content: Buffer | null;
  readonly envelope: unknown;
  readonly attempt_count: number;
}

const TAKE_DUE = new PreparedStatement<InboxRow>(
  'take_due_inbox',
  `select id, agency_id as "agencyId", subaccount_id as "subaccountId", whatsapp_id, chat, participant, from_me, content,
          envelope, attempt_count
   from inbox
   where device_id = $1 and due_at is not null and due_at <= $2
   order by id limit $3 for update skip locked`,
);

interface Taken {
  /** Whose device it is; null: nothing is due. */
  readonly tenant: Tenant | null;
  readonly all: readonly TakenEntry[];
}

/** Locks the next rows of a device that are due and that nobody else has. */
export async function takeDue(
  tx: Transaction,
  keys: DeviceKeys,
  deviceId: string,
  { now, limit }: { readonly now: Date; readonly limit: number },
): Promise<Taken> {
  const rows = await TAKE_DUE.run(tx.em, [deviceId, now, limit]);
  const [first] = rows;
  if (first === undefined) return { tenant: null, all: [] };
  const { agencyId, subaccountId } = first;
  const key = await keys.dataKeyIn(tx, deviceId);
  const all = rows.map((row) => {
    const { id, attempt_count: failures } = row;
    try {
      return { id, failures, entry: openRow(row, deviceId, key) };
    } catch (error) {
      return {
        id,
        failures,
        entry: { unreadable: error instanceof Error ? error : new Error(String(error)) },
      };
    }
  });
  return { tenant: { agencyId, subaccountId }, all };
}

function openRow(row: InboxRow, deviceId: string, key: DataKey): InboxEntry {
  const name: EntryName = {
    whatsappId: row.whatsapp_id,
    chat: row.chat,
    participant: row.participant === '' ? null : row.participant,
    fromMe: row.from_me,
  };
  const content = row.content === null ? null : key.open(row.content, inboxPlace(deviceId, name));
  return { ...name, content, envelope: readEnvelope(row.envelope) };
}

/** JSON made text of the date; everything else is as it was written. */
function readEnvelope(stored: unknown): InboxEnvelope {
  const value = (typeof stored === 'string' ? JSON.parse(stored) : stored) as Omit<
    InboxEnvelope,
    'sentAt'
  > & {
    readonly sentAt: string;
  };
  return { ...value, sentAt: new Date(value.sentAt) };
}

/** PostgreSQL stores neither U+0000 nor half a surrogate pair. */
function storedEnvelope(envelope: InboxEnvelope): string {
  return JSON.stringify(envelope, (_name, value: unknown) =>
    typeof value === 'string' ? toUSVString(value).replaceAll('\0', '') : value,
  );
}

/** A statement fills in a row once: of deliveries of the same message the first that could be read counts, else the first. */
function onceEach(deviceId: string, entries: readonly InboxEntry[]): readonly InboxEntry[] {
  const byName = new Map<string, InboxEntry>();
  for (const entry of entries) {
    const place = inboxPlace(deviceId, entry);
    if ((byName.get(place)?.content ?? null) === null) byName.set(place, entry);
  }
  return [...byName.values()];
}

function nameColumns(deviceId: string, entry: EntryName) {
  return {
    device_id: deviceId,
    whatsapp_id: entry.whatsappId,
    chat: entry.chat,
    participant: entry.participant ?? '',
    from_me: entry.fromMe,
  };
}

function inboxPlace(deviceId: string, { whatsappId, chat, participant, fromMe }: EntryName): string {
  return `inbox:${JSON.stringify([deviceId, whatsappId, chat, participant, fromMe])}`;
}
