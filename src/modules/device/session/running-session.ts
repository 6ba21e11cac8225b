import type { Clock } from '../../../kernel/clock.js';
import { isDatabaseAway } from '../../../platform/database/database-errors.js';
import type { Logger } from '../../../platform/logging/logger.js';
import type {
  LinkedIdentity,
  NewChatQuota,
  OwnReading,
  PairingRequest,
  ReachoutLock,
  ReceiptUpdate,
  TypingUpdate,
  SessionClose,
  SessionObserver,
  WhatsApp,
  WhatsAppSession,
} from '../../../whatsapp/index.js';
import type { LiveSession, OwnedDevice, SessionWork } from './ports.js';
import type { PairingRecorder } from './pairing-recorder.js';
import type { PostgresAuthStore } from './postgres-auth-store.js';
import type { SessionRecorder } from './session-recorder.js';
import { SingleFlight } from './single-flight.js';

/** Between two tries of what a database that is away could not store. */
const DATABASE_PAUSE_MS = 1_000;

/** The session ended before something could be stored that WhatsApp will tell again. */
class SessionOverError extends Error {
  constructor(cause: unknown) {
    super('the session ended before it could be stored', { cause });
  }
}

interface RunningSessionOptions {
  readonly owned: OwnedDevice;
  readonly whatsapp: WhatsApp;
  readonly auth: PostgresAuthStore;
  readonly recorder: SessionRecorder;
  readonly pairings: PairingRecorder;
  readonly work: SessionWork;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Present: link a number instead of logging in. */
  readonly pairing?: { readonly id: string; readonly request: PairingRequest };
  /** Only take the device off the phone's list. */
  readonly unlink?: boolean;
  /** The session is over. Called once; it writes nothing. */
  readonly onEnded: (close: SessionClose) => void;
}

/** One live WhatsApp session: what it tells is written down under the lease, and handed to the work on messages. */
export class RunningSession implements SessionObserver {
  readonly #options: RunningSessionOptions;
  readonly #over = new AbortController();
  readonly #session: WhatsAppSession;
  readonly #live: LiveSession;
  readonly #look: SingleFlight;
  readonly #wake: SingleFlight;
  readonly #inbox: SingleFlight;
  readonly #connected = Promise.withResolvers<undefined>();
  readonly #opened = Promise.withResolvers<undefined>();
  readonly #ended = Promise.withResolvers<undefined>();
  #isOpen = false;
  #hasBegun = false;

  constructor(options: RunningSessionOptions) {
    this.#options = options;
    const { owned, whatsapp, auth, pairing, unlink = false, work } = options;
    this.#session = whatsapp.open({
      deviceId: owned.device.id,
      auth,
      observer: this,
      unlink,
      ...(pairing !== undefined && { pairing: pairing.request }),
    });
    this.#live = {
      ...owned,
      assertOwned: (tx) => owned.assertOwned(tx),
      session: this.#session,
      signal: this.#over.signal,
    };
    this.#look = new SingleFlight(() => this.#lookForWork());
    this.#wake = new SingleFlight(() => this.#guard('onWake', () => work.onWake(this.#live)));
    this.#inbox = new SingleFlight(() => this.#guard('onInbox', () => work.onInbox(this.#live)));
  }

  get pairingId(): string | null {
    return this.#options.pairing?.id ?? null;
  }

  /** Resolves when the login, or what there is to scan, is written down, and when the session is over before that. */
  get connected(): Promise<undefined> {
    return this.#connected.promise;
  }

  /** Resolves when the session is over. */
  get over(): Promise<void> {
    return this.#ended.promise;
  }

  /** Something may have changed for the device. */
  lookForWork(): void {
    if (this.#isOpen) this.#look.request();
  }

  /** Messages may be due. */
  wakeWork(): void {
    if (this.#isOpen) this.#wake.request();
  }

  /** Received messages wait to be applied. */
  wakeInbox(): void {
    if (this.#isOpen) this.#inbox.request();
  }

  /** What was read here may have to be told. */
  wakeReads(): void {
    if (this.#isOpen) void this.#guard('onMarkedRead', () => this.#options.work.onMarkedRead(this.#live));
  }

  /** Files of received messages are due. */
  wakeDownloads(): void {
    if (this.#isOpen) void this.#guard('onFilesDue', () => this.#options.work.onFilesDue(this.#live));
  }

  /** Lets the work finish the stanza in hand, then closes. The link stays. */
  async close(): Promise<void> {
    if (this.#isOpen) await this.#guard('onClosing', () => this.#options.work.onClosing(this.#live));
    await this.#session.close();
    await this.#idle();
  }

  /** Closes at once: another process may own the device by now. */
  async drop(): Promise<void> {
    this.#over.abort();
    await this.#session.close();
    await this.#idle();
  }

  /**
   * Removes the link on the phone as well, where there is one. Only a session that is logged in can do that: one that the phone has
   * confirmed is given the time to get there, and one whose pairing was given up meanwhile removes the link by itself.
   */
  async logOut(): Promise<void> {
    try {
      if (this.#session.identity !== null) await Promise.race([this.#opened.promise, this.#ended.promise]);
      if (this.#isOpen) await this.#session.logOut();
    } catch (err) {
      const { logger, owned } = this.#options;
      logger.warn({ err, deviceId: owned.device.id }, 'the link could not be removed from the phone');
    }
    await this.close();
  }

  async onQr({ text, expiresAt }: { text: string; expiresAt: Date }): Promise<void> {
    await this.#offered(text, expiresAt);
  }

  async onPairingCode({ code, expiresAt }: { code: string; expiresAt: Date }): Promise<void> {
    await this.#offered(code, expiresAt);
  }

  async onPaired(identity: LinkedIdentity): Promise<boolean> {
    return this.#options.pairings.confirmed(this.#options.owned, this.pairingId, identity);
  }

  async onOpen(identity: LinkedIdentity): Promise<void> {
    const { owned, recorder } = this.#options;
    await recorder.opened(owned, identity);
    this.#isOpen = true;
    this.#connected.resolve(undefined);
    this.#opened.resolve(undefined);
    this.#look.request();
  }

  async onRenamed(name: string): Promise<void> {
    await this.#options.recorder.renamed(this.#options.owned, name);
  }

  async onCaughtUp(): Promise<void> {
    await this.#guard('onCaughtUp', () => this.#options.work.onCaughtUp(this.#live));
  }

  async onInbox(): Promise<void> {
    this.#inbox.request();
  }

  async onMessagesUnreadable(): Promise<void> {
    await this.#options.recorder.messagesUnreadable(this.#options.owned);
  }

  async onReceipts(receipts: readonly ReceiptUpdate[]): Promise<void> {
    if (receipts.length > 1 && (await this.#areApplied(receipts))) return;
    // One that cannot be applied must not take the others with it.
    for (const receipt of receipts) {
      await this.#surely('onReceipts', () => this.#options.work.onReceipts(this.#live, [receipt]));
    }
  }

  async onReadElsewhere(reading: OwnReading): Promise<void> {
    // It may name messages that lie in the inbox.
    this.#inbox.request();
    await this.#inbox.idle();
    await this.#surely('onReadElsewhere', () => this.#options.work.onReadElsewhere(this.#live, reading));
  }

  async onTyping(update: TypingUpdate): Promise<void> {
    await this.#guard('onTyping', () => this.#options.work.onTyping(this.#live, update));
  }

  async onLateAck(ack: Parameters<SessionObserver['onLateAck']>[0]): Promise<void> {
    await this.#surely('onLateAck', () => this.#options.work.onLateAck(this.#live, ack));
  }

  async onReachoutLock(lock: ReachoutLock): Promise<void> {
    await this.#options.recorder.reachoutLocked(this.#options.owned, lock);
  }

  async onNewChatQuota(quota: NewChatQuota): Promise<void> {
    await this.#options.recorder.newChatQuota(this.#options.owned, quota);
  }

  async onClosed(close: SessionClose): Promise<void> {
    this.#isOpen = false;
    this.#over.abort();
    this.#connected.resolve(undefined);
    this.#ended.resolve(undefined);
    this.#options.onEnded(close);
  }

  async #lookForWork(): Promise<void> {
    const { work } = this.#options;
    if (!this.#hasBegun) {
      this.#hasBegun = true;
      await this.#guard('onOpen', () => work.onOpen(this.#live));
    }
    await this.#guard('onLook', () => work.onLook(this.#live));
  }

  async #offered(secret: string, expiresAt: Date): Promise<void> {
    const { owned, pairings, pairing } = this.#options;
    if (pairing !== undefined) await pairings.offered(owned, pairing.id, secret, expiresAt);
    this.#connected.resolve(undefined);
  }

  async #idle(): Promise<void> {
    await Promise.all([this.#look.idle(), this.#wake.idle(), this.#inbox.idle()]);
  }

  async #areApplied(receipts: readonly ReceiptUpdate[]): Promise<boolean> {
    try {
      await this.#options.work.onReceipts(this.#live, receipts);
      return true;
    } catch {
      return false;
    }
  }

  /**
   * As {@link #guard}, but nothing is given up while only the database does not answer: WhatsApp is told that we have a receipt when this
   * resolves, and would not tell it again. Should the session end before, it does.
   */
  async #surely(name: keyof SessionWork, work: () => Promise<void>): Promise<void> {
    const { clock } = this.#options;
    await this.#guard(name, async () => {
      for (;;) {
        try {
          await work();
          return;
        } catch (error) {
          if (!isDatabaseAway(error)) throw error;
          if (!this.#session.isOpen) throw new SessionOverError(error);
          await clock.sleep(DATABASE_PAUSE_MS, this.#over.signal).catch(() => undefined);
        }
      }
    });
  }

  /** Work on messages fails for itself: the link is not to blame. */
  async #guard(name: keyof SessionWork, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (err) {
      if (err instanceof SessionOverError) throw err;
      const { logger, owned } = this.#options;
      logger.warn({ err, deviceId: owned.device.id, work: name }, 'work of a session failed');
    }
  }
}
