import { newId } from '../../../kernel/ids.js';
import type { Clock } from '../../../kernel/clock.js';
import type { Database } from '../../../platform/database/database.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import type { InboxEntry, InboxEnvelope } from '../../../whatsapp/index.js';
import type { DeviceKeys, InboxWriter, OwnedDevice } from '../../device/index.js';
import { contentPlace } from '../message/message.content.js';
import type { MessagingTables } from '../messaging.tables.js';

/** What names a received message for ever. */
type EntryName = Pick<InboxEntry, 'whatsappId' | 'chat' | 'participant' | 'fromMe'>;

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
    const now = this.#clock.now();
    for (const entry of entries) {
      const sealed = entry.content === null ? null : key.seal(entry.content, inboxPlace(device.id, entry));
      await tx.em
        .getKysely<MessagingTables>()
        .insertInto('inbox')
        .values({
          id: newId(),
          agency_id: device.agencyId,
          subaccount_id: device.subaccountId,
          ...nameColumns(device.id, entry),
          content: sealed,
          envelope: JSON.stringify(entry.envelope).replaceAll('\\u0000', ''),
          received_at: now,
          due_at: now,
          attempt_count: 0,
          failure: null,
        })
        .onConflict((conflict) =>
          conflict
            .columns(['device_id', 'whatsapp_id', 'chat', 'participant', 'from_me'])
            .doUpdateSet((eb) => ({
              content: eb.ref('excluded.content'),
              due_at: eb.ref('excluded.due_at'),
              attempt_count: 0,
              failure: null,
            }))
            .where('inbox.content', 'is', null)
            .where('excluded.content', 'is not', null),
        )
        .execute();
    }
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

/** A stored row, opened. */
export interface TakenEntry {
  readonly id: string;
  /** Tries that failed before. */
  readonly failures: number;
  readonly entry: InboxEntry | { readonly unreadable: Error };
}

/** Locks the next row of a device that is due; null when there is none that nobody else has. */
export async function takeNext(
  tx: Transaction,
  keys: DeviceKeys,
  deviceId: string,
  now: Date,
): Promise<TakenEntry | null> {
  const row = await tx.em
    .getKysely<MessagingTables>()
    .selectFrom('inbox')
    .select(['id', 'whatsapp_id', 'chat', 'participant', 'from_me'])
    .select(['content', 'envelope', 'attempt_count'])
    .where('device_id', '=', deviceId)
    .where('due_at', '<=', now)
    .orderBy('id')
    .limit(1)
    .forUpdate()
    .skipLocked()
    .executeTakeFirst();
  if (row === undefined) return null;
  const name: EntryName = {
    whatsappId: row.whatsapp_id,
    chat: row.chat,
    participant: row.participant === '' ? null : row.participant,
    fromMe: row.from_me,
  };
  const key = await keys.dataKeyIn(tx, deviceId);
  const open = (): TakenEntry['entry'] => {
    try {
      const content = row.content === null ? null : key.open(row.content, inboxPlace(deviceId, name));
      return { ...name, content, envelope: readEnvelope(row.envelope) };
    } catch (error) {
      return { unreadable: error instanceof Error ? error : new Error(String(error)) };
    }
  };
  return { id: row.id, failures: row.attempt_count, entry: open() };
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
