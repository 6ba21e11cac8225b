import { decodeBinaryNode, encodeBinaryNode, type proto } from '@whiskeysockets/baileys';
import type { Socket } from 'node:net';
import type { RawData, WebSocket } from 'ws';
import type { BreakAction } from '../faults/fault-rule.js';
import type { Network } from '../network.js';
import type { NoiseIdentity } from '../noise/certificate-chain.js';
import { NoiseResponder, type ClientHello } from '../noise/noise-responder.js';
import { encodeFrame, FrameReader } from '../wire/frame-reader.js';
import { node, ProtocolError, type Node } from '../wire/node.js';

const CLOSE_AFTER_STREAM_ERROR_MS = 20;

/** What a connection becomes once the client has said who it is. */
export interface Session {
  receive(stanza: Node): void | Promise<void>;
  closed(): void;
}

export type SessionOpener = (connection: ClientConnection, hello: ClientHello) => Session | undefined;

/** One websocket: frames, the Noise handshake, then stanzas in the order in which they came. */
export class ClientConnection {
  readonly number: number;
  readonly #network: Network;
  readonly #identity: NoiseIdentity;
  readonly #open: SessionOpener;
  readonly #webSocket: WebSocket;
  readonly #socket: Socket;
  readonly #frames = new FrameReader();
  #noise: NoiseResponder | undefined;
  #session: Session | undefined;
  #serial: Promise<void> = Promise.resolve();
  #silent = false;
  #helloAnswered = false;

  constructor(
    number: number,
    network: Network,
    identity: NoiseIdentity,
    transport: { webSocket: WebSocket; socket: Socket },
    open: SessionOpener,
  ) {
    this.number = number;
    this.#network = network;
    this.#identity = identity;
    this.#open = open;
    this.#webSocket = transport.webSocket;
    this.#socket = transport.socket;
    this.#webSocket.on('message', (data) => {
      this.#enqueue(data);
    });
    this.#webSocket.on('error', () => undefined);
    this.#webSocket.once('close', () => {
      this.#session?.closed();
    });
  }

  send(stanza: Node): void {
    if (this.#silent || !this.#noise?.established) return;
    this.#write(this.#noise.seal(encodeBinaryNode(stanza)));
  }

  /** Ends the connection the way WhatsApp does: a last stanza, then the websocket. */
  closeWith(stanza: Node): void {
    this.send(stanza);
    this.#silent = true;
    this.#network.timers.after(CLOSE_AFTER_STREAM_ERROR_MS, () => {
      this.#webSocket.close();
    });
  }

  close(): void {
    this.#silent = true;
    this.#webSocket.close();
  }

  terminate(): void {
    this.#silent = true;
    this.#webSocket.terminate();
  }

  break(action: BreakAction): void {
    if (action.kind === 'close') this.close();
    else if (action.kind === 'reset') this.#socket.resetAndDestroy();
    else if (action.kind === 'freeze') this.freeze();
    else if (action.kind === 'garbage') this.#write(Buffer.alloc(48, 0xa5));
    else if (action.kind === 'streamEnd') this.closeWith(node('xmlstreamend'));
    else this.closeWith(streamError(action));
  }

  /** The link is dead although nobody closed it: nothing is read, nothing is written. */
  freeze(): void {
    this.#silent = true;
    this.#socket.pause();
  }

  #enqueue(data: RawData): void {
    // Decoding may inflate and is then asynchronous: without the chain stanzas would overtake each other.
    this.#serial = this.#serial
      .then(() => this.#read(data))
      .catch((problem: unknown) => {
        this.#network.report(problem);
        this.terminate();
      });
  }

  async #read(data: RawData): Promise<void> {
    if (this.#silent) return;
    const chunk = Buffer.isBuffer(data)
      ? data
      : Buffer.concat(Array.isArray(data) ? data : [Buffer.from(data)]);
    for (const frame of this.#frames.push(chunk)) {
      if (this.#noise?.established) await this.#receive(this.#noise.open(frame));
      else this.#handshake(frame);
    }
  }

  async #receive(plaintext: Buffer): Promise<void> {
    await this.#session?.receive(await decodeBinaryNode(plaintext));
  }

  #handshake(frame: Buffer): void {
    const { intro } = this.#frames;
    if (!intro) throw new ProtocolError('a frame before the intro');
    this.#noise ??= new NoiseResponder(this.#identity, intro);
    if (this.#helloAnswered) {
      const hello = this.#noise.finish(frame);
      this.#session = this.#open(this, hello);
      return;
    }
    const fault = this.#network.faults.take('handshake');
    if (fault?.kind === 'hang') this.#silent = true;
    else if (fault?.kind === 'close' || fault?.kind === 'reset') this.break(fault);
    else {
      this.#helloAnswered = true;
      const chain = fault?.kind === 'badCertificate' ? this.#identity.foreignChain : this.#identity.chain;
      this.#write(this.#noise.answer(frame, chain));
    }
  }

  #write(body: Uint8Array): void {
    if (this.#webSocket.readyState === this.#webSocket.OPEN) this.#webSocket.send(encodeFrame(body));
  }
}

export function streamError({
  code,
  conflict,
}: {
  code?: string | undefined;
  conflict?: string | undefined;
}): Node {
  const content = conflict === undefined ? [] : [node('conflict', { type: conflict })];
  return node('stream:error', { code }, content);
}

/** Number and device of a login; undefined for a client that wants to be linked. */
export function loginOf(payload: proto.ClientPayload): { number: string; device: number } | undefined {
  if (payload.devicePairingData || !payload.username) return undefined;
  return { number: String(payload.username), device: payload.device ?? 0 };
}
