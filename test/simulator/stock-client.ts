import makeWASocket, {
  Browsers,
  DisconnectReason,
  initAuthCreds,
  type AuthenticationCreds,
  type AuthenticationState,
  type BaileysEventMap,
  type SignalDataSet,
  type SignalDataTypeMap,
  type UserFacingSocketConfig,
  type WAMessage,
  type WASocket,
} from '@whiskeysockets/baileys';
import { pino } from 'pino';
import type { LinkedDevice, Phone, Simulator } from '../../src/simulator/index.js';

type Update = Partial<BaileysEventMap['connection.update']>;
type MessageUpdate = BaileysEventMap['messages.update'][number];

/** Credentials in memory that survive sockets, as an application's store does. */
export class MemoryAuth {
  readonly creds: AuthenticationCreds = initAuthCreds();
  readonly #values = new Map<string, unknown>();

  /** The keys as they are now, as a backup would hold them. */
  snapshot(): Map<string, unknown> {
    return structuredClone(this.#values);
  }

  restore(backup: Map<string, unknown>): void {
    this.#values.clear();
    for (const [name, value] of backup) this.#values.set(name, value);
  }

  get state(): AuthenticationState {
    return {
      creds: this.creds,
      keys: {
        get: <T extends keyof SignalDataTypeMap>(type: T, ids: string[]) => {
          const found: { [id: string]: SignalDataTypeMap[T] } = {};
          for (const id of ids) {
            const value = this.#values.get(`${type} ${id}`);
            if (value !== undefined) found[id] = structuredClone(value) as SignalDataTypeMap[T];
          }
          return found;
        },
        set: (data: SignalDataSet) => {
          for (const [type, entries] of Object.entries(data)) {
            for (const [id, value] of Object.entries(entries)) {
              if (value === null) this.#values.delete(`${type} ${id}`);
              else this.#values.set(`${type} ${id}`, structuredClone(value));
            }
          }
        },
      },
    };
  }
}

/** An unmodified Baileys client with everything it reported, and ways to wait for more. */
export class StockClient {
  readonly auth: MemoryAuth;
  readonly updates: Update[] = [];
  readonly received: { message: WAMessage; type: string }[] = [];
  readonly messageUpdates: MessageUpdate[] = [];
  readonly events: { name: string; data: unknown }[] = [];
  readonly #url: string;
  readonly #config: Partial<UserFacingSocketConfig>;
  readonly #waiters = new Set<() => void>();
  #socket: WASocket | undefined;

  constructor(simulator: Simulator, config: Partial<UserFacingSocketConfig> = {}, auth = new MemoryAuth()) {
    this.#url = simulator.url;
    this.#config = config;
    this.auth = auth;
  }

  get socket(): WASocket {
    if (!this.#socket) throw new Error('not connected yet');
    return this.#socket;
  }

  connect(): this {
    const socket = makeWASocket({
      waWebSocketUrl: this.#url,
      auth: this.auth.state,
      logger: pino({ level: process.env['STOCK_LOG'] ?? 'silent' }),
      browser: Browsers.ubuntu('Chrome'),
      shouldSyncHistoryMessage: () => false,
      ...this.#config,
    });
    this.#socket = socket;
    socket.ev.on('creds.update', (update) => Object.assign(this.auth.creds, update));
    socket.ev.process((events) => {
      for (const [name, data] of Object.entries(events)) this.events.push({ name, data });
      const update = events['connection.update'];
      if (update) this.updates.push(update);
      for (const message of events['messages.upsert']?.messages ?? []) {
        this.received.push({ message, type: events['messages.upsert']?.type ?? '' });
      }
      this.messageUpdates.push(...(events['messages.update'] ?? []));
      for (const wake of [...this.#waiters]) wake();
    });
    return this;
  }

  /** Pairs by QR, restarts as told, and resolves when the login is complete. */
  async pair(phone: Phone): Promise<LinkedDevice> {
    this.connect();
    const qr = await this.until(() => this.updates.find((update) => update.qr)?.qr, 'a QR code');
    const [device] = await Promise.all([phone.scan(qr), this.closed()]);
    await this.reconnect();
    return device;
  }

  /** A new socket with the same credentials, up to the end of catch-up. */
  async reconnect(): Promise<void> {
    this.updates.length = 0;
    this.connect();
    await this.opened();
  }

  async opened(): Promise<void> {
    await this.until(() => this.updates.some((update) => update.connection === 'open'), 'an open connection');
    await this.until(() => this.updates.some((update) => update.receivedPendingNotifications), 'catch-up');
  }

  /** The code with which the connection closed. */
  closed(timeoutMs?: number): Promise<{ code: number; message: string }> {
    return this.until(
      () => {
        const close = this.updates.find((update) => update.connection === 'close');
        const error = close?.lastDisconnect?.error as { output?: { statusCode: number } } & Error;
        return close && { code: error.output?.statusCode ?? 0, message: error.message };
      },
      'a closed connection',
      timeoutMs,
    );
  }

  /** Ends the socket without logging out. */
  async leave(): Promise<void> {
    await this.#socket?.end(undefined);
  }

  async sendText(to: string, text: string, messageId?: string): Promise<string> {
    const jid = to.includes('@') ? to : `${to}@s.whatsapp.net`;
    const sent = await this.socket.sendMessage(jid, { text }, messageId === undefined ? {} : { messageId });
    return sent?.key.id ?? '';
  }

  receivedText(text: string, timeoutMs?: number): Promise<{ message: WAMessage; type: string }> {
    const isIt = ({ message }: { message: WAMessage }): boolean =>
      (message.message?.conversation ?? message.message?.extendedTextMessage?.text) === text;
    return this.until(() => this.received.find(isIt), `the text "${text}"`, timeoutMs);
  }

  /** The update of a message to a status, e.g. 3 delivered, 4 read, 0 error. */
  status(id: string, status: number, timeoutMs?: number): Promise<MessageUpdate> {
    return this.until(
      () => this.messageUpdates.find((each) => each.key.id === id && Number(each.update.status) === status),
      `status ${String(status)}`,
      timeoutMs,
    );
  }

  /** Waits until the question has an answer; asked again after each event. */
  until<T>(question: () => T | undefined | false, what: string, timeoutMs = 8_000): Promise<T> {
    return new Promise((resolve, reject) => {
      const ask = (): boolean => {
        const answer = question();
        if (answer === undefined || answer === false) return false;
        clearTimeout(timer);
        this.#waiters.delete(ask);
        resolve(answer);
        return true;
      };
      const timer = setTimeout(() => {
        this.#waiters.delete(ask);
        reject(new Error(`waited in vain for ${what}`));
      }, timeoutMs);
      this.#waiters.add(ask);
      ask();
    });
  }
}

export { DisconnectReason };
