/** Signal plaintexts end with 1 to 16 bytes, each the number of them. Returns the plaintext itself when its padding is broken. */
export function unpad(padded: Uint8Array): Uint8Array {
  const count = padded.at(-1) ?? 0;
  return count > 0 && count <= padded.length ? padded.subarray(0, padded.length - count) : padded;
}

export function withPadding(content: Uint8Array): Uint8Array {
  return Buffer.concat([content, Buffer.of(1)]);
}
