import { ACTIONS } from '../../../src/kernel/access.js';
import { systemClock } from '../../../src/kernel/clock.js';
import type { Clock } from '../../../src/kernel/clock.js';
import { Context } from '../../../src/kernel/context.js';
import { newId } from '../../../src/kernel/ids.js';
import {
  ActiveNumber,
  Device,
  DeviceKeys,
  DeviceSecret,
  DeviceService,
  DeviceToken,
  DeviceTokenService,
  DeviceWaker,
  Pairing,
  PairingJournal,
  PairingService,
  Supervisor,
} from '../../../src/modules/device/index.js';
import type { InboxWriter, SessionWork } from '../../../src/modules/device/index.js';
import { Package, PackageService, Plan } from '../../../src/modules/billing/index.js';
import { Subaccount } from '../../../src/modules/tenancy/index.js';
import { MasterKey } from '../../../src/platform/crypto/master-key.js';
import { Hints } from '../../../src/platform/pubsub/hints.js';
import type { Broker } from '../../../src/platform/queue/broker.js';
import { PostgresBroker } from '../../../src/platform/queue/postgres-broker.js';
import { Queues } from '../../../src/platform/queue/queues.js';
import { Simulator } from '../../../src/simulator/index.js';
import { BaileysWhatsApp } from '../../../src/whatsapp/baileys/index.js';
import { createTestDatabase, silentLogger } from '../../support/database.js';
import type { TestDatabase } from '../../support/database.js';
import { MovableClock } from '../../support/movable-clock.js';
import { DEFAULT_PLAN } from '../../support/catalogue.js';

/** Long enough for a busy machine to renew in time. */
const LEASE_TTL_MS = 3_000;

/** No messages in these tests. */
const noWork: SessionWork = {
  onOpen: async () => undefined,
  onLook: async () => undefined,
  onWake: async () => undefined,
  onInbox: async () => undefined,
  onReceipts: async () => undefined,
  onReadElsewhere: async () => undefined,
  onMarkedRead: async () => undefined,
  onFilesDue: async () => undefined,
  onTyping: async () => undefined,
  onLateAck: async () => undefined,
  onCaughtUp: async () => undefined,
  onClosing: async () => undefined,
};
const noInbox: InboxWriter = {
  noteIntents: () => Promise.resolve(undefined),
  writeInbox: async () => undefined,
  findInbox: async () => undefined,
  findSent: async () => null,
};

export interface Tenant {
  readonly agencyId: string;
  readonly subaccountId: string;
  readonly ctx: Context;
}

/** The services of devices on a real database and real queues, with as many processes for sessions as a test starts. */
export class DeviceStage {
  readonly clock: MovableClock;
  readonly db: TestDatabase;
  readonly hints: Hints;
  readonly keys: DeviceKeys;
  readonly journal: PairingJournal;
  readonly tokens: DeviceTokenService;
  readonly devices: DeviceService;
  readonly pairings: PairingService;
  readonly simulator: Simulator;
  /** What sessions do; a test may put something in the place of each part before it starts a process. */
  readonly work: { -readonly [K in keyof SessionWork]: SessionWork[K] } = { ...noWork };
  readonly #broker: Broker;
  readonly #queues: Queues;
  readonly #running = new Map<Supervisor, { readonly queues: Queues; readonly broker: Broker }>();

  private constructor(parts: {
    clock: MovableClock;
    db: TestDatabase;
    broker: Broker;
    hints: Hints;
    simulator: Simulator;
  }) {
    const { clock, db, broker, hints, simulator } = parts;
    const { database } = db;
    const masterKey = MasterKey.fromHex('ab'.repeat(32));
    this.clock = clock;
    this.db = db;
    this.hints = hints;
    this.simulator = simulator;
    this.#broker = broker;
    this.#queues = new Queues(broker, silentLogger);
    this.keys = new DeviceKeys(database, masterKey);
    this.journal = new PairingJournal(hints);
    this.tokens = new DeviceTokenService({ database, hints, clock });
    const waker = new DeviceWaker({ database, queues: this.#queues, clock });
    const { keys, journal, tokens } = this;
    const packages = new PackageService({ database, clock });
    this.devices = new DeviceService({
      database,
      tokens,
      pairings: journal,
      keys,
      packages,
      masterKey,
      waker,
      clock,
    });
    this.pairings = new PairingService({ database, keys, journal, waker, hints, clock });
  }

  static async start(): Promise<DeviceStage> {
    const clock = new MovableClock();
    const entities = [Subaccount, Plan, Package, Device, DeviceToken, DeviceSecret, Pairing, ActiveNumber];
    const db = await createTestDatabase({ entities, clock });
    const broker = await PostgresBroker.open(db.connections.app, silentLogger);
    const hints = await Hints.open(broker, silentLogger, { pollMs: 100 });
    return new DeviceStage({ clock, db, broker, hints, simulator: await Simulator.start() });
  }

  /** A process with sessions, which runs until it is stopped or the stage ends. */
  async startProcess(nodeName: string, clock: Clock = systemClock): Promise<Supervisor> {
    const broker = await PostgresBroker.open(this.db.connections.app, silentLogger);
    const queues = new Queues(broker, silentLogger);
    const supervisor = new Supervisor({
      database: this.db.database,
      queues,
      clock,
      logger: silentLogger,
      whatsapp: new BaileysWhatsApp({ websocketUrl: this.simulator.url, logger: silentLogger, clock }),
      keys: this.keys,
      journal: this.journal,
      inbox: noInbox,
      work: this.work,
      nodeName,
      roles: ['sessions'],
      connectsPerSecond: 50,
      leaseTimes: { ttlMs: LEASE_TTL_MS, takeoverMarginMs: 100 },
      sweepEveryMs: 200,
    });
    this.#running.set(supervisor, { queues, broker });
    supervisor.start();
    return supervisor;
  }

  async stopProcess(supervisor: Supervisor): Promise<void> {
    const own = this.#running.get(supervisor);
    this.#running.delete(supervisor);
    await supervisor.stop();
    await own?.queues.close();
    await own?.broker.close();
  }

  async tenant(requireBusinessAccount = false): Promise<Tenant> {
    const [agencyId, subaccountId] = [newId(), newId()];
    await this.db.query('insert into agency (id, name, created_at) values ($1, $2, now())', [agencyId, 'A']);
    await this.db.query(
      `insert into subaccount (id, agency_id, plan_id, name, timezone, require_business_account, created_at)
       values ($1, $2, ${DEFAULT_PLAN}, 'S', 'UTC', $3, now())`,
      [subaccountId, agencyId, requireBusinessAccount],
    );
    const ctx = Context.forRequest({
      requestId: 'test',
      actor: { kind: 'api_key', apiKeyId: newId() },
      scope: { agencyId, subaccountIds: 'all' },
      actions: new Set(ACTIONS),
    });
    return { agencyId, subaccountId, ctx };
  }

  async device(tenant: Tenant): Promise<Device> {
    const { subaccountId, ctx } = tenant;
    return (await this.devices.create(ctx, { subaccountId, label: 'Sales' })).device;
  }

  async status({ ctx }: Tenant, id: string): Promise<string> {
    return (await this.devices.get(ctx, id)).status;
  }

  /** What the event log says about a topic, oldest first, in the subaccount's stream. */
  async events(tenant: Tenant, topic: string): Promise<Record<string, unknown>[]> {
    const rows = await this.db.query<{ payload: Record<string, unknown> }>(
      'select payload from event where stream_id = $1 and topic = $2 order by seq',
      [tenant.subaccountId, topic],
    );
    return rows.map(({ payload }) => payload);
  }

  async end(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((supervisor) => this.stopProcess(supervisor)));
    await this.#queues.close();
    await this.hints.close();
    await this.#broker.close();
    await this.simulator.close();
    await this.db.drop();
  }
}
