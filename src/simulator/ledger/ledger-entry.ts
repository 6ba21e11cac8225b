/** One encrypted copy inside a message stanza. */
export interface LedgerEnc {
  readonly recipientJid: string;
  readonly type: string;
  /** Sender ratchet key (base64): names the chain inside the Signal session. Empty for other kinds of encryption. */
  readonly chain: string;
  readonly counter: number;
  /** Fingerprint of the ciphertext: equal bytes are the same message again, not a key used twice. */
  readonly digest: string;
  /** Set by the recipient's phone; undefined until it tried, and for ever when the recipient is another client. */
  decrypted?: boolean;
}

/** A stanza that passed between a client and the server. */
export interface LedgerEntry {
  readonly sequence: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** `in`: from the client; `out`: written to the client. */
  readonly direction: 'in' | 'out';
  readonly accountNumber: string;
  readonly device: number;
  readonly connection: number;
  readonly tag: string;
  readonly id: string | undefined;
  readonly type: string | undefined;
  readonly xmlns: string | undefined;
  /** What a message says on its envelope that it does to an earlier one: `1` edits, `7` deletes. */
  readonly edit?: string | undefined;
  /** `to` of what came in, `from` of what went out. */
  readonly peer: string | undefined;
  /** The peer's number when it is a person with an account here. */
  readonly to: string | undefined;
  /** For what went out: it waited while the device was away. */
  readonly offline: boolean;
  readonly encs: readonly LedgerEnc[];
  /** When the server's good ack was written. */
  ackedAt?: number;
  /** The code of the server's refusal. */
  error?: string;
}

export interface ConnectionRecord {
  readonly connection: number;
  readonly accountNumber: string;
  readonly device: number;
  readonly openedAt: number;
  closedAt?: number;
  /** `replaced` when the same device logged in while this connection was still alive. */
  reason?: string;
}

export interface ReusedKey {
  readonly accountNumber: string;
  readonly device: number;
  readonly recipientJid: string;
  readonly chain: string;
  readonly counter: number;
  readonly messageIds: readonly string[];
}
