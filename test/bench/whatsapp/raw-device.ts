import makeWASocket, {
  Browsers,
  BufferJSON,
  initAuthCreds,
  type AuthenticationCreds,
  type BinaryNode,
  type SignalDataSet,
  type SignalDataTypeMap,
  type WASocket,
} from '@whiskeysockets/baileys';
import { pino } from 'pino';

/** Serialised, as a file of them would be. */
export interface RawCredentials {
  readonly creds: string;
  readonly keys: readonly (readonly [string, string])[];
}

/** One device of the bare library. Keys live in memory; nothing else is kept. */
export class RawDevice {
  onText: (text: string) => void = () => undefined;
  readonly #url: string;
  readonly #creds: AuthenticationCreds;
  readonly #keys = new Map<string, unknown>();
  readonly #acks = new Map<string, () => void>();
  #socket: WASocket | null = null;

  constructor(url: string, credentials?: RawCredentials) {
    this.#url = url;
    if (credentials === undefined) {
      this.#creds = initAuthCreds();
      return;
    }
    this.#creds = JSON.parse(credentials.creds, BufferJSON.reviver) as AuthenticationCreds;
    for (const [name, value] of credentials.keys) this.#keys.set(name, JSON.parse(value, BufferJSON.reviver));
  }

  /** Links by QR and logs in. */
  async pair(controlUrl: string, number: string): Promise<void> {
    const socket = this.#open();
    await new Promise<void>((resolve, reject) => {
      socket.ev.on('connection.update', ({ qr, connection }) => {
        if (qr !== undefined) scan(controlUrl, number, qr).catch(reject);
        // 515: paired, and told to start again.
        if (connection === 'close') resolve();
      });
    });
    await this.logIn();
  }

  /** Resolves after what WhatsApp had queued. */
  async logIn(): Promise<void> {
    const socket = this.#open();
    this.#socket = socket;
    socket.ws.on('CB:ack,class:message', ({ attrs }: BinaryNode) => {
      const id = attrs['id'] ?? '';
      this.#acks.get(id)?.();
      this.#acks.delete(id);
    });
    socket.ev.on('messages.upsert', ({ messages }) => {
      for (const { message } of messages)
        this.onText(message?.conversation ?? message?.extendedTextMessage?.text ?? '');
    });
    await new Promise<void>((resolve, reject) => {
      socket.ev.on('connection.update', ({ receivedPendingNotifications, connection }) => {
        if (receivedPendingNotifications === true) resolve();
        if (connection === 'close') reject(new Error('the login failed'));
      });
    });
  }

  /** Resolves with WhatsApp's ack. */
  async send(to: string, text: string): Promise<void> {
    if (this.#socket === null) throw new Error('not logged in');
    const messageId = `3EB0${crypto.randomUUID().replaceAll('-', '').slice(0, 18).toUpperCase()}`;
    const acked = new Promise<void>((resolve) => this.#acks.set(messageId, resolve));
    await this.#socket.sendMessage(`${to}@s.whatsapp.net`, { text }, { messageId });
    await acked;
  }

  credentials(): RawCredentials {
    const text = (value: unknown): string => JSON.stringify(value, BufferJSON.replacer);
    return {
      creds: text(this.#creds),
      keys: [...this.#keys].map(([name, value]) => [name, text(value)] as const),
    };
  }

  #open(): WASocket {
    const socket = makeWASocket({
      waWebSocketUrl: this.#url,
      logger: pino({ level: 'silent' }),
      browser: Browsers.ubuntu('Chrome'),
      shouldSyncHistoryMessage: () => false,
      emitOwnEvents: false,
      generateHighQualityLinkPreview: false,
      auth: {
        creds: this.#creds,
        keys: {
          get: <T extends keyof SignalDataTypeMap>(type: T, ids: string[]) => this.#get(type, ids),
          set: (data) => this.#set(data),
        },
      },
    });
    socket.ev.on('creds.update', (update) => Object.assign(this.#creds, update));
    return socket;
  }

  #get<T extends keyof SignalDataTypeMap>(type: T, ids: string[]): Record<string, SignalDataTypeMap[T]> {
    const found: Record<string, SignalDataTypeMap[T]> = {};
    for (const id of ids) {
      const value = this.#keys.get(`${type} ${id}`);
      if (value !== undefined) found[id] = value as SignalDataTypeMap[T];
    }
    return found;
  }

  #set(data: SignalDataSet): void {
    for (const [type, entries] of Object.entries(data)) {
      for (const [id, value] of Object.entries(entries)) {
        if (value === null) this.#keys.delete(`${type} ${id}`);
        else this.#keys.set(`${type} ${id}`, value);
      }
    }
  }
}

/** A phone scans what a client shows. */
export async function scan(controlUrl: string, number: string, qr: string): Promise<void> {
  const response = await fetch(`${controlUrl}/qr`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ qr, number }),
  });
  if (!response.ok) throw new Error(`the QR code was not taken: ${await response.text()}`);
}
