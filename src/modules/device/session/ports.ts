import type { Context } from '../../../kernel/context.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import type {
  InboxEntry,
  OwnReading,
  ReceiptUpdate,
  SessionObserver,
  TypingUpdate,
  WhatsAppSession,
} from '../../../whatsapp/index.js';

/** A device whose shard this process owns. */
export interface OwnedDevice {
  readonly device: {
    readonly id: string;
    readonly agencyId: string;
    readonly subaccountId: string;
    readonly shard: number;
  };
  /** Acts as the device: it sees its own subaccount. */
  readonly ctx: Context;
  /** The lease's epoch: what is written under an older one is refused. */
  readonly epoch: number;
  /** Throws SessionFencedError when another process owns the device by now. Call it first in a transaction, before any other lock. */
  assertOwned(tx: Transaction): Promise<void>;
}

/** A device that is logged in. */
export interface LiveSession extends OwnedDevice {
  readonly session: WhatsAppSession;
  /** Aborted when the session ends, for whatever reason. */
  readonly signal: AbortSignal;
}

/**
 * What is to be done with a logged-in device. Declared here, implemented by the module that owns messages. `onOpen`, `onLook`, `onWake` and
 * `onInbox` run in the background, each never twice at the same time for one session: a call that comes meanwhile leads to one more run. The others
 * are called one after another and awaited. A rejection is logged and harms nothing else.
 */
export interface SessionWork {
  /** Logged in; `onLook` follows. */
  onOpen(live: LiveSession): Promise<void>;
  /** Something may wait, nobody knows what. */
  onLook(live: LiveSession): Promise<void>;
  /** Messages may be due. */
  onWake(live: LiveSession): Promise<void>;
  /** Inbox rows were committed. */
  onInbox(live: LiveSession): Promise<void>;
  onReceipts(live: LiveSession, receipts: readonly ReceiptUpdate[]): Promise<void>;
  /** The owner read messages on the phone. What came before is applied. */
  onReadElsewhere(live: LiveSession, reading: OwnReading): Promise<void>;
  /** Messages that came in were marked as read here. */
  onMarkedRead(live: LiveSession): Promise<void>;
  /** Files of messages that came in may be downloaded. */
  onFilesDue(live: LiveSession): Promise<void>;
  onTyping(live: LiveSession, update: TypingUpdate): Promise<void>;
  onLateAck(live: LiveSession, ack: Parameters<SessionObserver['onLateAck']>[0]): Promise<void>;
  /** What WhatsApp had queued while the device was away is all in the inbox. */
  onCaughtUp(live: LiveSession): Promise<void>;
  /** We are about to close the socket; resolves when the stanza in hand is done. Not called when the socket is gone already. */
  onClosing(live: LiveSession): Promise<void>;
}

/** The inbox and the sent messages of a device, as its Signal store needs them. Implemented by the module that owns messages. */
export interface InboxWriter {
  /** Part of the transaction that stores the ratchet step. Writing the same entry again changes nothing. */
  writeInbox(tx: Transaction, owned: OwnedDevice, entries: readonly InboxEntry[]): Promise<void>;
  /** Part of the transaction that stores the ratchet step of what is about to be sent. */
  noteIntents(tx: Transaction, owned: OwnedDevice, intents: readonly object[]): Promise<void>;
  /** `undefined`: never seen. */
  findInbox(
    owned: OwnedDevice,
    entry: Pick<InboxEntry, 'whatsappId' | 'chat' | 'participant' | 'fromMe'>,
  ): Promise<Uint8Array | null | undefined>;
  findSent(owned: OwnedDevice, whatsappId: string): Promise<Uint8Array | null>;
}
