import { PreKeyWhisperMessage, WhisperMessage } from 'libsignal/src/protobufs.js';

const VERSION_BYTES = 1;
const MAC_BYTES = 8;

/** Names the one message key a ciphertext was made with: the sender's ratchet key and the counter in its chain. */
export interface MessageKeyName {
  readonly chain: string;
  readonly counter: number;
}

/** Reads the name from the unencrypted header; undefined for other kinds of encryption and for garbage. */
export function messageKeyName(type: string, ciphertext: Buffer): MessageKeyName | undefined {
  if (type !== 'msg' && type !== 'pkmsg') return undefined;
  try {
    const inner =
      type === 'pkmsg'
        ? Buffer.from(PreKeyWhisperMessage.decode(ciphertext.subarray(VERSION_BYTES)).message)
        : ciphertext;
    const header = WhisperMessage.decode(inner.subarray(VERSION_BYTES, -MAC_BYTES));
    return { chain: Buffer.from(header.ephemeralKey).toString('base64'), counter: header.counter };
  } catch {
    return undefined;
  }
}
