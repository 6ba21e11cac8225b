import type { AuthStore, LinkedIdentity, SessionObserver } from './ports.js';

export type MediaType = 'IMAGE' | 'VIDEO' | 'AUDIO' | 'DOCUMENT';

export interface PairingRequest {
  readonly method: 'QR' | 'PHONE_CODE';
  /** E.164 digits; required for PHONE_CODE. */
  readonly phoneNumber?: string;
}

export interface SessionOptions {
  /** Name of the device in logs. */
  readonly deviceId: string;
  readonly auth: AuthStore;
  readonly observer: SessionObserver;
  /** Present: link a new number (credentials must be empty). Absent: log in with the stored credentials. */
  readonly pairing?: PairingRequest;
  /** Log in only to take this device off the phone's list, erase the credentials and end. Nothing is told but the end. */
  readonly unlink?: boolean;
}

/** A message whose id and content never change again. */
export interface FrozenMessage {
  /** WhatsApp id, fixed when the message was accepted. */
  readonly whatsappId: string;
  /** Recipient: E.164 digits of a person, or a provider address of an existing chat. */
  readonly to: string;
  /** Serialised protobuf from {@link encodeText} or {@link WhatsAppSession.uploadMedia}. */
  readonly content: Uint8Array;
}

export type SendOutcome =
  /** WhatsApp has it. */
  | { readonly kind: 'ACKED'; readonly at: Date; readonly address: string }
  /** WhatsApp refused it with a code: it will not be delivered. */
  | { readonly kind: 'REFUSED'; readonly code: number; readonly address: string }
  /** It was written and no answer came in time: it may or may not arrive. */
  | { readonly kind: 'UNANSWERED'; readonly address: string }
  /** Nothing was written: safe to try again. */
  | { readonly kind: 'NOT_WRITTEN'; readonly retryable: boolean; readonly detail: string }
  /** The recipient has no WhatsApp account: nothing was written. */
  | { readonly kind: 'NOT_ON_WHATSAPP' };

export interface SendHooks {
  /** Handed to the {@link AuthStore} as it is, with the first Signal step of the message: what is noted of it becomes durable together with that. */
  readonly intent?: object | undefined;
  /** Signal state is durable; the stanza is about to be written. Throwing here stops it: nothing is written. */
  beforeWire?(): Promise<void>;
  /** The stanza was handed to the socket. */
  afterWire?(): Promise<void>;
}

export interface UploadRequest {
  readonly type: MediaType;
  /** A local file. */
  readonly path: string;
  readonly mimeType: string;
  readonly fileName: string | null;
  readonly caption: string | null;
}

/** One live link to WhatsApp. Never reconnects by itself: after `onClosed` it is dead. */
export interface WhatsAppSession {
  readonly isOpen: boolean;
  readonly identity: LinkedIdentity | null;
  /** Resolves with the outcome; never rejects for what WhatsApp or the network do. */
  send(message: FrozenMessage, hooks?: SendHooks): Promise<SendOutcome>;
  /** Encrypts and uploads a file; the returned content is frozen into the message. Rejects with an error of {@link whatsappErrors}. */
  uploadMedia(request: UploadRequest): Promise<Uint8Array>;
  /**
   * Downloads, checks and decrypts the medium of an inbound content to a file; returns its size in bytes.
   * Rejects with an error of {@link whatsappErrors} and leaves no file then.
   */
  downloadMedia(content: Uint8Array, toPath: string, limit: { readonly maxBytes: number }): Promise<number>;
  /** Whether a number has WhatsApp, and its addresses. */
  findOnWhatsApp(phoneNumber: string): Promise<{ readonly exists: boolean; readonly lid: string | null }>;
  /** Shows "typing…" to a chat. */
  setTyping(to: string, typing: boolean): Promise<void>;
  /** Asks WhatsApp to tell when somebody types to us. It forgets that when the connection ends. */
  watchTyping(chat: string): Promise<void>;
  /** Lets the others see that these messages of theirs were read, as far as the account's privacy says so. */
  markRead(chat: string, participant: string | null, whatsappIds: readonly string[]): Promise<void>;
  /** Removes the link on the phone's side too, then closes. */
  logOut(): Promise<void>;
  /** Closes the socket; the link stays. Resolves after `onClosed`. */
  close(): Promise<void>;
}

/** Opens sessions. */
export interface WhatsApp {
  open(options: SessionOptions): WhatsAppSession;
}
