import { ProtocolError } from './node.js';

const ROUTING_PREAMBLE = Buffer.from([0x45, 0x44, 0x00, 0x01]);
const INTRO = Buffer.from('WA');
const LENGTH_BYTES = 3;
const PREAMBLE_BYTES = 7;

/** The four bytes that open a connection ("WA", protocol 6, dictionary 3); part of the handshake hash. */
export const INTRO_BYTES = 4;

/** Cuts a byte stream into the intro and length-prefixed frames; several frames may share one message. */
export class FrameReader {
  #buffer: Buffer = Buffer.alloc(0);
  #intro: Buffer | undefined;

  get intro(): Buffer | undefined {
    return this.#intro;
  }

  push(chunk: Buffer): Buffer[] {
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
    if (!this.#intro && !this.#readIntro()) return [];
    const frames: Buffer[] = [];
    while (this.#buffer.length >= LENGTH_BYTES) {
      const end = LENGTH_BYTES + this.#buffer.readUIntBE(0, LENGTH_BYTES);
      if (this.#buffer.length < end) break;
      frames.push(this.#buffer.subarray(LENGTH_BYTES, end));
      this.#buffer = this.#buffer.subarray(end);
    }
    return frames;
  }

  #readIntro(): boolean {
    let start = 0;
    if (this.#buffer.subarray(0, 4).equals(ROUTING_PREAMBLE)) {
      if (this.#buffer.length < PREAMBLE_BYTES) return false;
      start = PREAMBLE_BYTES + this.#buffer.readUIntBE(4, LENGTH_BYTES);
    }
    if (this.#buffer.length < start + INTRO_BYTES) return false;
    const intro = this.#buffer.subarray(start, start + INTRO_BYTES);
    if (!intro.subarray(0, 2).equals(INTRO))
      throw new ProtocolError('the connection does not begin with "WA"');
    this.#intro = intro;
    this.#buffer = this.#buffer.subarray(start + INTRO_BYTES);
    return true;
  }
}

export function encodeFrame(body: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(LENGTH_BYTES + body.length);
  frame.writeUIntBE(body.length, 0, LENGTH_BYTES);
  frame.set(body, LENGTH_BYTES);
  return frame;
}
