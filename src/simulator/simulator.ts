import { SeededRandom } from './crypto/seeded-random.js';
import { Gateway } from './connection/gateway.js';
import type { Routers } from './connection/device-session.js';
import { Faults } from './faults/faults.js';
import { IqRouter } from './iq/iq-router.js';
import { Ledger } from './ledger/ledger.js';
import { MediaServer } from './media/media-server.js';
import { DeviceRegistry } from './messaging/device-registry.js';
import { MessageRouter } from './messaging/message-router.js';
import { PostOffice } from './messaging/post-office.js';
import { PresenceRouter } from './messaging/presence-router.js';
import { ReceiptRouter } from './messaging/receipt-router.js';
import type { Network } from './network.js';
import { createNoiseIdentity, type NoiseIdentity } from './noise/certificate-chain.js';
import { settingsFrom, type SimulatorOptions } from './options.js';
import { PairingDesk } from './pairing/pairing-desk.js';
import { Phone, type PhoneHabits } from './phone/phone.js';
import { Account } from './state/account.js';
import { Directory } from './state/directory.js';
import { Group } from './state/group.js';
import type { LinkedDevice } from './state/linked-device.js';
import { Timers } from './timers.js';

const MAX_KEPT_PROBLEMS = 100;

export interface PhoneOptions extends PhoneHabits {
  /** Digits with country code; default: the next number of the seed. */
  readonly number?: string;
  readonly business?: boolean;
  /** Push name; default `Phone N`. */
  readonly name?: string;
  /** The name that WhatsApp has verified; business accounts only. */
  readonly verifiedName?: string;
}

/** A WhatsApp of one's own on loopback, for unmodified Baileys clients. */
export class Simulator {
  readonly ledger = new Ledger();
  readonly faults = new Faults();
  /** Requests that no handler here knows, as `type xmlns child`; they were answered with error 501. */
  readonly unknownIqs: string[] = [];
  /** What went wrong inside (malformed frames of clients among it), oldest first, at most 100. */
  readonly problems: unknown[] = [];
  readonly #timers = new Timers();
  readonly #directory = new Directory();
  readonly #phones = new Map<string, Phone>();
  readonly #media = new MediaServer(this.faults, this.#timers);
  readonly #network: Network;
  readonly #office: PostOffice;
  readonly #receipts: ReceiptRouter;
  readonly #registry: DeviceRegistry;
  readonly #desk: PairingDesk;
  readonly #noise: NoiseIdentity;
  readonly #gateway: Gateway;
  #port = 0;
  #closing: Promise<void> | undefined;

  private constructor(options: SimulatorOptions) {
    const settings = settingsFrom(options);
    this.#network = {
      settings,
      random: new SeededRandom(settings.seed),
      directory: this.#directory,
      ledger: this.ledger,
      faults: this.faults,
      timers: this.#timers,
      groups: [],
      mediaHost: () => options.mediaHost ?? this.#media.host,
      unknownIqs: this.unknownIqs,
      report: (problem) => {
        this.problems.push(problem);
        if (this.problems.length > MAX_KEPT_PROBLEMS) this.problems.shift();
      },
    };
    this.#noise = createNoiseIdentity(this.#network.random.fork('noise'), options.noiseRoot);
    this.#office = new PostOffice(this.#network);
    this.#receipts = new ReceiptRouter(this.#network, this.#office);
    this.#registry = new DeviceRegistry(this.#office);
    this.#desk = new PairingDesk((device) => {
      this.#registry.linked(device);
    });
    this.#gateway = new Gateway(this.#network, this.#noise, this.#desk, this.#routers());
  }

  /** Starts the server on loopback; `close` ends everything it opened. */
  static async start(options: SimulatorOptions = {}): Promise<Simulator> {
    const simulator = new Simulator(options);
    const { host, port } = simulator.#network.settings;
    await simulator.#media.listen(host);
    simulator.#port = await simulator.#gateway.listen(port, host);
    return simulator;
  }

  /** For `waWebSocketUrl`. */
  get url(): string {
    return `ws://${this.#network.settings.host}:${String(this.#port)}/ws/chat`;
  }

  /** `host:port` of the https media server. */
  get mediaHost(): string {
    return this.#media.host;
  }

  /** The same media over plain http. */
  get mediaHttpUrl(): string {
    return this.#media.httpUrl;
  }

  /** For `NODE_EXTRA_CA_CERTS` or an agent's `ca`: signs the https media server. */
  get caCertificatePem(): string {
    return this.#media.caCertificatePem;
  }

  /** Public key of the Noise root; a strict client must be told to trust it. */
  get noiseRootKey(): Buffer {
    return this.#noise.root.public;
  }

  get phones(): Phone[] {
    return [...this.#phones.values()];
  }

  /** A phone scans a QR text: the one with this number, else the first that has no linked device. */
  scan(qrText: string, number?: string): Promise<LinkedDevice> {
    const phone =
      number === undefined ? this.phones.find((each) => each.devices.length === 0) : this.phone(number);
    return (phone ?? this.createPhone()).scan(qrText);
  }

  phone(number: string): Phone | undefined {
    return this.#phones.get(number);
  }

  /** Makes an account with a phone. Its keys, LID and (unless given) number depend on the seed alone. */
  createPhone(options: PhoneOptions = {}): Phone {
    const { random, settings } = this.#network;
    const ordinal = this.#phones.size + 1;
    const number = options.number ?? `62812${random.fork(`number/${String(ordinal)}`).digits(8)}`;
    if (!/^\d{7,15}$/.test(number)) throw new Error('a number has 7 to 15 digits');
    const own = random.fork(`account/${number}`);
    const profile = {
      number,
      lid: `1${own.fork('lid').digits(14)}`,
      name: options.name ?? `Phone ${String(ordinal)}`,
      business: options.business ?? options.verifiedName !== undefined,
      verifiedName: options.verifiedName,
    };
    const account = new Account(profile, own);
    this.#directory.add(account);
    const core = { account, network: this.#network, office: this.#office, receipts: this.#receipts };
    const services = { core, desk: this.#desk, registry: this.#registry, media: this.#media };
    const phone = new Phone(services, { readAfterMs: settings.receipts.readAfterMs, ...options });
    this.#phones.set(number, phone);
    return phone;
  }

  /** A group of phones; the first is its founder. */
  createGroup(subject: string, members: readonly Phone[]): Group {
    const accounts = members.flatMap((phone) => this.#directory.byNumber(phone.number) ?? []);
    const ordinal = String(this.#network.groups.length + 1);
    const jid = `1203630${this.#network.random.fork(`group/${ordinal}`).digits(11)}@g.us`;
    const group = new Group(jid, subject, accounts);
    this.#network.groups.push(group);
    return group;
  }

  /** Ends all connections and servers; idempotent. */
  close(): Promise<void> {
    this.#timers.clear();
    this.#closing ??= Promise.all([this.#gateway.close(), this.#media.close()]).then(() => undefined);
    return this.#closing;
  }

  #routers(): Routers {
    const iqs = new IqRouter({
      network: this.#network,
      unlink: (device) => {
        this.#registry.remove(device);
      },
      announceCollection: (device, collection, version) => {
        this.#registry.collectionChanged(device.account, collection, version, device);
      },
      activate: (device) => {
        // After the answer to <active/>, not before it.
        this.#timers.after(0, () => {
          this.#office.announceWaiting(device);
        });
      },
    });
    return {
      iqs,
      messages: new MessageRouter(this.#network, this.#office),
      receipts: this.#receipts,
      presences: new PresenceRouter(this.#network, this.#office),
      office: this.#office,
    };
  }
}
