import { createServer, type IncomingMessage, type Server } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { isBreak } from '../faults/fault-rule.js';
import type { PairingDesk } from '../pairing/pairing-desk.js';
import type { Network } from '../network.js';
import type { NoiseIdentity } from '../noise/certificate-chain.js';
import type { ClientHello } from '../noise/noise-responder.js';
import { node, ProtocolError } from '../wire/node.js';
import { ClientConnection, loginOf, type Session } from './client-connection.js';
import { DeviceSession, type Routers } from './device-session.js';
import { RegistrationSession } from './registration-session.js';

const MAX_FRAME_BYTES = 16 * 1024 * 1024;

/** The door: upgrades, then a session according to who the client says it is. */
export class Gateway {
  readonly #network: Network;
  readonly #identity: NoiseIdentity;
  readonly #desk: PairingDesk;
  readonly #routers: Routers;
  readonly #http: Server;
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_FRAME_BYTES,
  });
  readonly #sockets = new Set<Socket>();
  #connections = 0;

  constructor(network: Network, identity: NoiseIdentity, desk: PairingDesk, routers: Routers) {
    this.#network = network;
    this.#identity = identity;
    this.#desk = desk;
    this.#routers = routers;
    this.#http = createServer((_request, response) => {
      response.writeHead(426, { 'content-type': 'text/plain' }).end('This is a websocket server.\n');
    });
    this.#http.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    this.#http.on('upgrade', (request, socket, head) => {
      this.#upgrade(request, socket, head);
    });
  }

  async listen(port: number, host: string): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#http.once('error', reject);
      this.#http.listen(port, host, () => {
        this.#http.off('error', reject);
        resolve();
      });
    });
    const address = this.#http.address();
    if (address === null || typeof address === 'string') throw new Error('the server has no port');
    return address.port;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => {
      this.#http.close(() => {
        resolve();
      });
    });
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const fault = this.#network.faults.take('upgrade');
    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'refuse') {
      socket.destroy();
      return;
    }
    if (fault?.kind === 'http') {
      socket.end(
        `HTTP/1.1 ${String(fault.status)} Refused\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
      );
      return;
    }
    if (!(socket instanceof Socket)) return;
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      const number = ++this.#connections;
      const open = (connection: ClientConnection, hello: ClientHello): Session | undefined =>
        this.#open(connection, hello);
      new ClientConnection(number, this.#network, this.#identity, { webSocket, socket }, open);
    });
  }

  #open(connection: ClientConnection, { noiseKey, payload }: ClientHello): Session | undefined {
    const login = loginOf(payload);
    const subject = login ?? {};
    const fault = this.#network.faults.take('login', subject);
    if (fault) {
      if (fault.kind === 'failure') refuse(connection, fault.reason, fault.attrs);
      else if (isBreak(fault)) connection.break(fault);
      return undefined;
    }
    if (payload.devicePairingData) {
      const { faults } = this.#network;
      return new RegistrationSession(connection, noiseKey, payload.devicePairingData, {
        desk: this.#desk,
        faults,
      });
    }
    if (!login) throw new ProtocolError('neither a login nor a registration');
    const account = this.#network.directory.byNumber(login.number);
    const device = account?.device(login.device);
    if (!device?.noiseKey.equals(noiseKey)) {
      refuse(connection, 401);
      return undefined;
    }
    if (account?.banned) {
      refuse(connection, 403);
      return undefined;
    }
    return new DeviceSession(connection, device, this.#network, this.#routers);
  }
}

function refuse(connection: ClientConnection, reason: number, attrs: Record<string, string> = {}): void {
  connection.closeWith(node('failure', { reason: String(reason), location: 'frc', ...attrs }));
}
