/** Signal plaintexts end with 1 to 16 bytes, each of which says how many they are. */
export function pad(plaintext: Uint8Array, length: number): Buffer {
  return Buffer.concat([plaintext, Buffer.alloc(length, length)]);
}

export function unpad(padded: Buffer): Buffer {
  const length = padded.at(-1) ?? 0;
  if (length < 1 || length > padded.length) throw new Error('wrong padding');
  return padded.subarray(0, padded.length - length);
}
