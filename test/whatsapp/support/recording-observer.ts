import type {
  LinkedIdentity,
  NewChatQuota,
  OwnReading,
  ReachoutLock,
  ReceiptUpdate,
  SessionClose,
  SessionObserver,
  TypingUpdate,
} from '../../../src/whatsapp/index.js';
import { until } from './until.js';

type Call = keyof SessionObserver;

/** Writes down what a session tells, in order. */
export class RecordingObserver implements SessionObserver {
  readonly calls: Call[] = [];
  readonly qrs: { readonly text: string; readonly expiresAt: Date; readonly attempt: number }[] = [];
  readonly codes: { readonly code: string; readonly expiresAt: Date; readonly attempt: number }[] = [];
  readonly receipts: ReceiptUpdate[] = [];
  readonly readElsewhere: OwnReading[] = [];
  readonly typing: TypingUpdate[] = [];
  readonly lateAcks: { readonly whatsappId: string; readonly errorCode: number | null }[] = [];
  readonly locks: ReachoutLock[] = [];
  readonly quotas: NewChatQuota[] = [];
  readonly names: string[] = [];
  paired: LinkedIdentity | null = null;
  opened: LinkedIdentity | null = null;
  closed: SessionClose | null = null;
  /** The answer to `onPaired`. */
  wanted = true;
  /** Called at the beginning of each call; what it throws fails the call. */
  before: (call: Call) => Promise<void> | void = () => undefined;

  async onQr(qr: { text: string; expiresAt: Date; attempt: number }): Promise<void> {
    await this.#enter('onQr');
    this.qrs.push(qr);
  }

  async onPairingCode(code: { code: string; expiresAt: Date; attempt: number }): Promise<void> {
    await this.#enter('onPairingCode');
    this.codes.push(code);
  }

  async onPaired(identity: LinkedIdentity): Promise<boolean> {
    await this.#enter('onPaired');
    this.paired = identity;
    return this.wanted;
  }

  async onOpen(identity: LinkedIdentity): Promise<void> {
    await this.#enter('onOpen');
    this.opened = identity;
  }

  async onRenamed(name: string): Promise<void> {
    await this.#enter('onRenamed');
    this.names.push(name);
  }

  onCaughtUp(): Promise<void> {
    return this.#enter('onCaughtUp');
  }

  async onClosed(close: SessionClose): Promise<void> {
    await this.#enter('onClosed');
    this.closed = close;
  }

  onMessagesUnreadable(): Promise<void> {
    return this.#enter('onMessagesUnreadable');
  }

  onInbox(): Promise<void> {
    return this.#enter('onInbox');
  }

  async onReceipts(receipts: readonly ReceiptUpdate[]): Promise<void> {
    await this.#enter('onReceipts');
    this.receipts.push(...receipts);
  }

  async onReadElsewhere(reading: OwnReading): Promise<void> {
    await this.#enter('onReadElsewhere');
    this.readElsewhere.push(reading);
  }

  async onTyping(update: TypingUpdate): Promise<void> {
    await this.#enter('onTyping');
    this.typing.push(update);
  }

  async onLateAck(ack: { whatsappId: string; errorCode: number | null }): Promise<void> {
    await this.#enter('onLateAck');
    this.lateAcks.push(ack);
  }

  async onReachoutLock(lock: ReachoutLock): Promise<void> {
    await this.#enter('onReachoutLock');
    this.locks.push(lock);
  }

  async onNewChatQuota(quota: NewChatQuota): Promise<void> {
    await this.#enter('onNewChatQuota');
    this.quotas.push(quota);
  }

  isOpened(): Promise<LinkedIdentity> {
    return until(() => this.opened, 'onOpen');
  }

  isClosed(timeoutMs?: number): Promise<SessionClose> {
    return until(() => this.closed, 'onClosed', timeoutMs);
  }

  async #enter(call: Call): Promise<void> {
    this.calls.push(call);
    await this.before(call);
  }
}
