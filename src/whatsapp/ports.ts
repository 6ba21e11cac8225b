/**
 * What a WhatsApp session needs from the product. Declared here, implemented by the modules, wired by the composition root:
 * this folder knows neither the database nor a tenant.
 */

/** Names one Signal key or credential-side record of a device. */
export interface KeyName {
  readonly type: string;
  readonly id: string;
}

/** Bytes are opaque to the store. */
export interface StoredKey extends KeyName {
  readonly value: Uint8Array;
}

/** `value` null removes it. */
export interface KeyChange extends KeyName {
  readonly value: Uint8Array | null;
}

/** A decrypted (or undecryptable) inbound message as it came, to be applied after it is stored. */
export interface InboxEntry {
  /** WhatsApp's stanza id; with chat, participant and fromMe it names the message for ever. */
  readonly whatsappId: string;
  /** Chat address as WhatsApp sent it, `628…@s.whatsapp.net`, `…@lid`, `…@g.us`. */
  readonly chat: string;
  /** The author inside a group, else null. */
  readonly participant: string | null;
  readonly fromMe: boolean;
  /** Serialised content (a WhatsApp protobuf) or null while it cannot be decrypted. */
  readonly content: Uint8Array | null;
  /** Facts of the envelope: other addressing of the sender, push name, verified name, original time, whether it was queued while we were away. */
  readonly envelope: InboxEnvelope;
}

export interface InboxEnvelope {
  readonly senderPhone: string | null;
  readonly senderLid: string | null;
  /** The other side of a message that the owner wrote on another device. */
  readonly recipientPhone: string | null;
  readonly recipientLid: string | null;
  readonly pushName: string | null;
  readonly verifiedName: string | null;
  /** When the sender's WhatsApp says it was sent. */
  readonly sentAt: Date;
  /** True when WhatsApp had queued it while this device was not connected. */
  readonly caughtUp: boolean;
}

/** What a login begins with. */
export interface StoredCredentials {
  readonly credentials: Uint8Array;
  readonly keys: readonly StoredKey[];
}

/** Everything that must become durable together. */
export interface AuthCommit {
  /** Serialised credentials when they changed. */
  readonly credentials?: Uint8Array;
  readonly keys: readonly KeyChange[];
  /** Inbox rows of the message whose ratchet step `keys` holds: one transaction, so neither exists without the other. */
  readonly inbox: readonly InboxEntry[];
  /** {@link SendHooks.intent} of the messages whose ratchet steps `keys` holds. */
  readonly intents?: readonly object[];
}

/**
 * Credentials, Signal keys and inbox of one device. Every write carries the lease epoch of the session that makes it and rejects with
 * {@link SessionFencedError} when another process owns the device by now.
 */
export interface AuthStore {
  /** Null before a link. `keysFor` says by the credentials which keys are wanted beside them, so that one look brings both. */
  loadCredentials(
    keysFor: (credentials: Uint8Array) => readonly KeyName[],
  ): Promise<StoredCredentials | null>;
  /** What is not there is left out. */
  loadKeys(names: readonly KeyName[]): Promise<readonly StoredKey[]>;
  /** All or nothing; resolves when durable. */
  commit(change: AuthCommit): Promise<void>;
  /** Erases credentials and keys: after a 401, a logout, a rejected or an abandoned pairing. */
  erase(): Promise<void>;
  /** The stored content of an inbound message, for a redelivery whose key is used up. `undefined`: never seen. */
  findInbox(
    entry: Pick<InboxEntry, 'whatsappId' | 'chat' | 'participant' | 'fromMe'>,
  ): Promise<Uint8Array | null | undefined>;
  /** The frozen content of an outbound message, to serve a retry receipt after a restart. */
  findSent(whatsappId: string): Promise<Uint8Array | null>;
}

/** The store refused a write because the session is not the device's owner any more. */
export class SessionFencedError extends Error {
  constructor(message = 'another process owns this device by now') {
    super(message);
    this.name = 'SessionFencedError';
  }
}

/** The account that a fresh link belongs to. */
export interface LinkedIdentity {
  /** E.164 digits. */
  readonly phoneNumber: string;
  readonly lid: string | null;
  /** WhatsApp's platform name, e.g. `android`, `iphone`, `smba`, `smbi`. */
  readonly platform: string;
  readonly business: boolean;
  /** Business or push name when known. */
  readonly name: string | null;
}

export type ReceiptKind = 'DELIVERED' | 'READ' | 'PLAYED';

export interface ReceiptUpdate {
  readonly whatsappIds: readonly string[];
  readonly chat: string;
  readonly kind: ReceiptKind;
  readonly at: Date;
}

/** The owner read messages of a chat on the phone, or with another linked device. */
export interface OwnReading {
  readonly whatsappIds: readonly string[];
  readonly chat: string;
  readonly at: Date;
}

/** Somebody begins or stops to write to us. WhatsApp tells it of chats that are watched, see `watchTyping`. */
export interface TypingUpdate {
  readonly chat: string;
  readonly typing: boolean;
}

/** WhatsApp limits new chats of an account for a while. */
export interface ReachoutLock {
  readonly active: boolean;
  readonly endsAt: Date | null;
  readonly kind: string | null;
}

/** How many new chats WhatsApp lets an account begin in a cycle, as far as it says. */
export interface NewChatQuota {
  readonly total: number | null;
  readonly used: number | null;
  readonly cycleEndsAt: Date | null;
  /** No other chat can be begun in this cycle. */
  readonly exhausted: boolean;
}

/** What a session tells. Calls of one session are made one after another and awaited: a rejected promise closes the session. */
export interface SessionObserver {
  onQr(qr: { readonly text: string; readonly expiresAt: Date; readonly attempt: number }): Promise<void>;
  onPairingCode(code: {
    readonly code: string;
    readonly expiresAt: Date;
    readonly attempt: number;
  }): Promise<void>;
  /** The phone linked us. `false`: unlink again at once and erase. Decided before the first login. */
  onPaired(identity: LinkedIdentity): Promise<boolean>;
  /** Logged in and ready to send. */
  onOpen(identity: LinkedIdentity): Promise<void>;
  /** The account's own name became known, or another one. */
  onRenamed(name: string): Promise<void>;
  /** What was queued while we were away has all been delivered to us. */
  onCaughtUp(): Promise<void>;
  /** The session is over; the reason table says what to do next. Always the last call. */
  onClosed(close: SessionClose): Promise<void>;
  /** Inbox rows were committed. */
  onInbox(): Promise<void>;
  /** Somebody's messages cannot be read, one after another: theirs are tried now and then, and hold up nobody else's. */
  onMessagesUnreadable(): Promise<void>;
  /** Receipts that came together, in their order. */
  onReceipts(receipts: readonly ReceiptUpdate[]): Promise<void>;
  /** Messages that came to us were read elsewhere. */
  onReadElsewhere(reading: OwnReading): Promise<void>;
  onTyping(update: TypingUpdate): Promise<void>;
  /** An ack that came after its send had given up waiting. */
  onLateAck(ack: {
    readonly whatsappId: string;
    readonly errorCode: number | null;
    readonly at: Date;
  }): Promise<void>;
  onReachoutLock(lock: ReachoutLock): Promise<void>;
  onNewChatQuota(quota: NewChatQuota): Promise<void>;
}

/** Why a session ended, in our words. */
export type CloseReason =
  | 'CLOSED_BY_US'
  | 'RESTART_REQUIRED'
  | 'CONNECTION_LOST'
  | 'CONNECT_TIMED_OUT'
  | 'UPGRADE_REFUSED'
  | 'SERVER_UNAVAILABLE'
  | 'BAD_SESSION'
  | 'CERTIFICATE_REFUSED'
  | 'LOGGED_OUT'
  | 'REPLACED'
  | 'BANNED'
  | 'TEMPORARILY_BANNED'
  | 'CLIENT_OUTDATED'
  | 'MULTI_DEVICE_MISMATCH'
  | 'PAIRING_EXPIRED'
  | 'PAIRING_REJECTED'
  | 'PAIRING_FAILED'
  | 'FENCED'
  /** The store refused a write: nothing of it was told to WhatsApp. */
  | 'STORE_FAILED'
  | 'OBSERVER_FAILED'
  | 'DEAF'
  | 'UNKNOWN';

/** What the owner of the session does next. */
export type CloseAction = 'RECONNECT_NOW' | 'BACK_OFF' | 'STOP' | 'STOP_AND_ERASE';

export interface SessionClose {
  readonly reason: CloseReason;
  readonly action: CloseAction;
  /** Baileys' or WhatsApp's numeric code when there was one. */
  readonly code: number | null;
  /** Without secrets; for people. */
  readonly detail: string;
  /** End of a temporary ban. */
  readonly until: Date | null;
}
