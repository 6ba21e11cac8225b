import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { systemClock } from '../../../src/kernel/clock.js';
import type { Clock } from '../../../src/kernel/clock.js';
import { Context } from '../../../src/kernel/context.js';
import { newId } from '../../../src/kernel/ids.js';
import { Package, Plan, QuotaGrant, Voucher } from '../../../src/modules/billing/index.js';
import { Contact, ContactDirectory, ContactMerge, OptOuts } from '../../../src/modules/contact/index.js';
import { Device, DeviceKeys, DeviceSecret, shardOf } from '../../../src/modules/device/index.js';
import type { LiveSession, WakeTarget } from '../../../src/modules/device/index.js';
import {
  Conversation,
  ConversationMerge,
  DeadMessageService,
  Inbox,
  InboundApplier,
  InboundService,
  Media,
  MediaDownloader,
  MediaFetchService,
  MediaUploader,
  Message,
  MessageAttempt,
  MessageReader,
  MessageSender,
  MessageService,
  MessageWriter,
  MessagingSessionWork,
  Outbox,
  Pacer,
  PhoneReadings,
  ReadReceipts,
  ReceiptService,
  UnwantedMessages,
  WaitingWork,
} from '../../../src/modules/messaging/index.js';
import { Subaccount } from '../../../src/modules/tenancy/index.js';
import { MasterKey } from '../../../src/platform/crypto/master-key.js';
import type { EntityList } from '../../../src/platform/database/orm-options.js';
import { FileMediaStore } from '../../../src/platform/media/file-media-store.js';
import { OutboundHttp } from '../../../src/platform/outbound/outbound-http.js';
import { contentCodec } from '../../../src/whatsapp/baileys/content.js';
import { SessionFencedError } from '../../../src/whatsapp/index.js';
import { createTestDatabase, silentLogger } from '../../support/database.js';
import type { TestDatabase } from '../../support/database.js';
import { ScriptedSession } from './scripted-session.js';
import { DEFAULT_PACKAGE, DEFAULT_PLAN } from '../../support/catalogue.js';

export { contentCodec };

export interface TestDevice {
  readonly id: string;
  readonly agencyId: string;
  readonly subaccountId: string;
  readonly shard: number;
  readonly ctx: Context;
}

/** Time that tests move. Sleeping ends when the signal says so. */
export class TestClock implements Clock {
  #offsetMs = 0;

  now(): Date {
    return new Date(Date.now() + this.#offsetMs);
  }

  monotonicMs(): number {
    return performance.now() + this.#offsetMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return systemClock.sleep(ms, signal);
  }

  advance(ms: number): void {
    this.#offsetMs += ms;
  }
}

/** Time that passes only by waiting: sleeping moves it on at once. */
export class JumpingClock extends TestClock {
  override async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.advance(ms);
  }
}

export const BRAND_LINE = 'Powered by a test';

/** Where the tests' own web server is. */
const LOOPBACK = [{ kind: 'network', cidr: '127.0.0.2/32', port: null }] as const;

/** Messaging on a real database, with everything but the API and the supervisor. */
export async function createMessaging(
  options: {
    readonly clock?: TestClock;
    readonly pacing?: 'ON' | 'OFF';
    /** More than messaging needs. */
    readonly entities?: EntityList;
  } = {},
) {
  const clock = options.clock ?? new TestClock();
  const db = await createTestDatabase({
    entities: [
      Subaccount,
      Plan,
      Package,
      QuotaGrant,
      Voucher,
      Contact,
      ContactMerge,
      Conversation,
      Message,
      Media,
      MessageAttempt,
      Device,
      DeviceSecret,
      ...(options.entities ?? []),
    ],
    clock,
  });
  const { database } = db;
  const folder = await mkdtemp(path.join(tmpdir(), 'messaging-'));
  const tempDir = path.join(folder, 'temp');
  const store = new FileMediaStore(path.join(folder, 'store'));
  const outboundHttp = new OutboundHttp({
    allow: LOOPBACK,
    tempDir,
  });
  const deviceKeys = new DeviceKeys(database, MasterKey.fromHex('ab'.repeat(32)));
  const woken: WakeTarget[] = [];
  const waker = { wake: (device: WakeTarget) => woken.push(device) };
  const fetches: { messageId: string }[] = [];
  const mediaQueue = {
    add: async (job: { messageId: string }) => {
      fetches.push(job);
    },
  };
  const contacts = new ContactDirectory({ clock, references: [new ConversationMerge()] });
  const codec = contentCodec;
  const writer = new MessageWriter({ clock, contacts, deviceKeys, codec, brandLine: BRAND_LINE });
  const messages = new MessageService({ database, clock, writer, outboundHttp, waker, mediaQueue });
  const pacer = new Pacer({ clock, defaultPacing: options.pacing ?? 'OFF' });
  const outbox = new Outbox({ database, clock, node: 'test', random: () => 0.5, pacer });
  const uploader = new MediaUploader({ database, deviceKeys, codec, store, tempDir });
  const sender = new MessageSender({ outbox, deviceKeys, uploader, pacer, clock });
  const receipts = new ReceiptService({ database });
  const removeMedia = (key: string) => store.delete(key);
  const applier = new InboundApplier({
    clock,
    codec,
    contacts,
    optOuts: new OptOuts({ clock, wishes: new UnwantedMessages() }),
    deviceKeys,
    removeMedia,
    waker,
  });
  const inbound = new InboundService({ database, clock, logger: silentLogger, deviceKeys, applier });
  const downloader = new MediaDownloader({ database, clock, deviceKeys, store, tempDir });
  const inbox = new Inbox({ database, clock, deviceKeys });
  const work = new MessagingSessionWork({
    outbox,
    sender,
    receipts,
    inbound,
    downloader,
    readReceipts: new ReadReceipts({ database }),
    phoneReadings: new PhoneReadings({ database }),
    presence: { serve: () => undefined, tell: () => undefined },
    waiting: new WaitingWork({ database, clock }),
    clock,
    logger: silentLogger,
  });
  const mediaFetches = new MediaFetchService({ database, clock, outboundHttp, store, waker });

  return {
    db,
    clock,
    database,
    store,
    deviceKeys,
    woken,
    fetches,
    contacts,
    messages,
    reader: new MessageReader({ database }),
    outbox,
    sender,
    receipts,
    inbox,
    inbound,
    downloader,
    work,
    mediaFetches,
    deadMessages: new DeadMessageService({ database, clock }),
    seedDevice: (facts?: DeviceFacts) => seedDevice({ db, deviceKeys }, facts),
    openSession: (device: TestDevice, session?: ScriptedSession) => openSession(db, device, session),
    close: async () => {
      await outboundHttp.close();
      await db.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export type Messaging = Awaited<ReturnType<typeof createMessaging>>;

export interface DeviceFacts {
  readonly link?: string;
  readonly connection?: string;
  readonly status?: string;
  /** Another device of the same subaccount. */
  readonly beside?: TestDevice;
}

async function seedDevice(
  { db, deviceKeys }: { readonly db: TestDatabase; readonly deviceKeys: DeviceKeys },
  facts: DeviceFacts = {},
): Promise<TestDevice> {
  const id = newId();
  const agencyId = facts.beside?.agencyId ?? newId();
  const subaccountId = facts.beside?.subaccountId ?? newId();
  if (facts.beside === undefined) {
    await db.query(`insert into agency (id, name, created_at) values ($1, 'A', now())`, [agencyId]);
    await db.query(
      `insert into subaccount (id, agency_id, plan_id, name, timezone, require_business_account, created_at)
       values ($1, $2, ${DEFAULT_PLAN}, 'S', 'UTC', false, now())`,
      [subaccountId, agencyId],
    );
  }
  const shard = shardOf(id);
  await db.query(
    `insert into device (id, agency_id, subaccount_id, package_id, label, priority, shard, link, connection, suspended, status,
                         status_changed_at, phone_number, connect_attempts, created_at)
     values ($1, $2, $3, ${DEFAULT_PACKAGE}, 'D', 0, $4, $5, $6, false, $7, now(), '6281100000000', 0, now())`,
    [
      id,
      agencyId,
      subaccountId,
      shard,
      facts.link ?? 'PAIRED',
      facts.connection ?? 'OPEN',
      facts.status ?? 'CONNECTED',
    ],
  );
  const ctx = Context.forDevice({ id, agencyId, subaccountId });
  await db.database.write(ctx, async (tx) => {
    deviceKeys.create(tx, await tx.em.findOneOrFail(Device, { id }));
  });
  return { id, agencyId, subaccountId, shard, ctx };
}

export interface TestSession {
  readonly live: LiveSession;
  readonly session: ScriptedSession;
  /** The connection is lost. */
  lose(): void;
}

/** A logged-in session under the next epoch of the device's shard. */
async function openSession(
  db: TestDatabase,
  device: TestDevice,
  session = new ScriptedSession(),
): Promise<TestSession> {
  const [lease] = await db.query<{ epoch: string }>(
    `update shard_lease set owner = 'test', epoch = epoch + 1, expires_at = now() + interval '1 hour'
     where shard = $1 returning epoch`,
    [device.shard],
  );
  const epoch = Number(lease?.epoch);
  const ended = new AbortController();
  const live: LiveSession = {
    device,
    ctx: device.ctx,
    epoch,
    session,
    signal: ended.signal,
    assertOwned: async (tx) => {
      const rows = await tx.em.execute<unknown[]>(
        'select 1 from shard_lease where shard = ? and epoch = ? for key share',
        [device.shard, epoch],
      );
      if (rows.length === 0) throw new SessionFencedError();
    },
  };
  return {
    live,
    session,
    lose: () => {
      session.isOpen = false;
      ended.abort();
    },
  };
}
