/** Parts of libsignal that come without types. */
declare module 'libsignal/src/protobufs.js' {
  interface WhisperMessageFields {
    readonly ephemeralKey: Uint8Array;
    readonly counter: number;
  }
  interface PreKeyWhisperMessageFields {
    readonly message: Uint8Array;
    readonly preKeyId?: number;
  }
  export const WhisperMessage: { decode(bytes: Uint8Array): WhisperMessageFields };
  export const PreKeyWhisperMessage: { decode(bytes: Uint8Array): PreKeyWhisperMessageFields };
}
