import type { proto } from '@whiskeysockets/baileys';
import { isBreak } from '../faults/fault-rule.js';
import type { Faults } from '../faults/faults.js';
import { PairingError, type Companion } from '../pairing/companion.js';
import type { PairingDesk } from '../pairing/pairing-desk.js';
import { DeviceBundle } from '../signal/device-bundle.js';
import { SERVER } from '../wire/address.js';
import { child, node, ProtocolError, type Node } from '../wire/node.js';
import { streamError, type ClientConnection, type Session } from './client-connection.js';

interface Pending {
  readonly resolve: (answer: Node) => void;
  readonly reject: (reason: Error) => void;
}

/** The connection of a client that belongs to no account yet: it waits to be scanned. */
export class RegistrationSession implements Session, Companion {
  readonly noiseKey: Buffer;
  readonly bundle: DeviceBundle;
  readonly #connection: ClientConnection;
  readonly #desk: PairingDesk;
  readonly #faults: Faults;
  readonly #pending = new Map<string, Pending>();

  constructor(
    connection: ClientConnection,
    noiseKey: Buffer,
    registration: proto.ClientPayload.IDevicePairingRegistrationData,
    { desk, faults }: { readonly desk: PairingDesk; readonly faults: Faults },
  ) {
    this.noiseKey = noiseKey;
    this.bundle = bundleOf(registration);
    this.#connection = connection;
    this.#desk = desk;
    this.#faults = faults;
    desk.register(this);
  }

  send(stanza: Node): void {
    this.#connection.send(stanza);
  }

  request(iq: Node): Promise<Node> {
    return new Promise((resolve, reject) => {
      this.#pending.set(iq.attrs['id'] ?? '', { resolve, reject });
      this.send(iq);
    });
  }

  restart(): void {
    this.#connection.closeWith(streamError({ code: '515' }));
  }

  async receive(stanza: Node): Promise<void> {
    if (stanza.tag !== 'iq') return;
    const { id = '', type } = stanza.attrs;
    if (type === 'result' || type === 'error') {
      this.#answered(id, stanza);
      return;
    }
    await this.#answer(stanza);
  }

  #answered(id: string, answer: Node): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    const fault = this.#faults.take('pairing');
    if (fault !== undefined && isBreak(fault)) {
      this.#connection.break(fault);
      return;
    }
    this.#pending.delete(id);
    if (answer.attrs['type'] === 'result') pending.resolve(answer);
    else pending.reject(new PairingError('the client refused the pairing'));
  }

  closed(): void {
    this.#desk.forget(this);
    for (const { reject } of this.#pending.values()) reject(new PairingError('the client went away'));
    this.#pending.clear();
  }

  async #answer(iq: Node): Promise<void> {
    const { id } = iq.attrs;
    try {
      const content = child(iq, 'link_code_companion_reg') ? await this.#desk.linkCode(this, iq) : [];
      this.send(node('iq', { from: SERVER, type: 'result', id }, content));
    } catch (problem) {
      if (!(problem instanceof PairingError)) throw problem;
      const error = node('error', { code: '400', text: 'bad-request' });
      this.send(node('iq', { from: SERVER, type: 'error', id }, [error]));
    }
  }
}

function bundleOf(data: proto.ClientPayload.IDevicePairingRegistrationData): DeviceBundle {
  const [regId, identity, keyId, key, signature] = [
    data.eRegid,
    data.eIdent,
    data.eSkeyId,
    data.eSkeyVal,
    data.eSkeySig,
  ].map((field) => Buffer.from(field ?? []));
  if (
    regId?.length !== 4 ||
    identity?.length !== 32 ||
    keyId?.length !== 3 ||
    key?.length !== 32 ||
    !signature
  ) {
    throw new ProtocolError('incomplete registration');
  }
  return new DeviceBundle(regId.readUInt32BE(), identity, {
    id: keyId.readUIntBE(0, 3),
    publicKey: key,
    signature,
  });
}
