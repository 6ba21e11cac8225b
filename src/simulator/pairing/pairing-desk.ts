import { randomBytes } from 'node:crypto';
import { stanzaId } from '../network.js';
import type { Account } from '../state/account.js';
import { LinkedDevice } from '../state/linked-device.js';
import { parseAddress, SERVER } from '../wire/address.js';
import { bytes, child, node, ProtocolError, unixSeconds, type Node } from '../wire/node.js';
import { CodeExchange } from './code-pairing.js';
import { PairingError, type Companion } from './companion.js';
import { checkDeviceSignature, issueDeviceIdentity } from './device-identity.js';
import { parseQrText } from './qr-text.js';

const REFS_PER_CONNECTION = 6;
const MAX_LINKED_DEVICES = 4;

interface CodeRequest {
  readonly companion: Companion;
  readonly wrappedCompanionKey: Buffer;
  readonly ref: Buffer;
  finish?: (stanza: Node) => Promise<void>;
  abandon?: () => void;
}

/** Brings clients that want to be linked together with phones that scan or type. */
export class PairingDesk {
  readonly #refs = new Map<string, Companion>();
  readonly #codes = new Map<string, CodeRequest>();
  readonly #codeWaiters = new Set<{ number: string; resolve: () => void }>();
  /** Called for each linked device, before the client is told to come back. */
  readonly #onLinked: (device: LinkedDevice) => void;

  constructor(onLinked: (device: LinkedDevice) => void) {
    this.#onLinked = onLinked;
  }

  /** A client without an account: it gets the references that its QR codes carry. */
  register(companion: Companion): void {
    const refs = Array.from(
      { length: REFS_PER_CONNECTION },
      () => `2@${randomBytes(24).toString('base64url')}`,
    );
    for (const ref of refs) this.#refs.set(ref, companion);
    const pairDevice = node(
      'pair-device',
      {},
      refs.map((ref) => node('ref', {}, ref)),
    );
    companion.send(node('iq', { from: SERVER, type: 'set', id: stanzaId(), xmlns: 'md' }, [pairDevice]));
  }

  /** Its QR codes and pairing codes are worth nothing any more. */
  forget(companion: Companion): void {
    for (const [ref, owner] of this.#refs) if (owner === companion) this.#refs.delete(ref);
    for (const [number, request] of this.#codes) {
      if (request.companion !== companion) continue;
      this.#codes.delete(number);
      request.abandon?.();
    }
  }

  /** The phone has scanned a QR. @throws PairingError */
  async linkByQr(account: Account, qrText: string): Promise<LinkedDevice> {
    const { ref, noiseKey, identityKey, advSecret } = parseQrText(qrText);
    const companion = this.#refs.get(ref);
    if (!companion) throw new PairingError('the QR code has expired');
    if (!companion.noiseKey.equals(noiseKey) || !companion.bundle.identityKey.equals(identityKey)) {
      throw new PairingError('the QR code is not of this connection');
    }
    return this.#link(account, companion, advSecret);
  }

  /** Resolves when a client has asked to be linked to this number by code: the phone shows it to its owner. */
  codeRequested(number: string, timeoutMs: number): Promise<void> {
    if (this.#codes.has(number)) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const waiter = {
        number,
        resolve: () => {
          clearTimeout(timer);
          this.#codeWaiters.delete(waiter);
          resolve();
        },
      };
      const timer = setTimeout(() => {
        this.#codeWaiters.delete(waiter);
        reject(new PairingError('nobody asked to link a device with this number'));
      }, timeoutMs);
      this.#codeWaiters.add(waiter);
    });
  }

  /** Somebody typed the code on the phone. @throws PairingError */
  async linkByCode(account: Account, code: string): Promise<LinkedDevice> {
    const request = this.#codes.get(account.number);
    if (!request) throw new PairingError('nobody asked to link a device with this number');
    const exchange = await CodeExchange.begin(code.replaceAll('-', ''), request.wrappedCompanionKey);
    const wrapped = await exchange.wrappedPrimaryKey();
    const secret = await new Promise<Buffer>((resolve, reject) => {
      // The companion's answer is acknowledged first: it waits for that before it looks at pair-success.
      request.finish = (stanza) => {
        try {
          resolve(openCompanionFinish(exchange, account, request.companion, stanza));
          return Promise.resolve();
        } catch (problem) {
          reject(problem instanceof Error ? problem : new PairingError('the companion answered wrongly'));
          return Promise.reject(new PairingError('wrong code'));
        }
      };
      request.abandon = () => {
        reject(new PairingError('the client went away'));
      };
      request.companion.send(primaryHello(request, account, wrapped));
    });
    this.#codes.delete(account.number);
    return this.#link(account, request.companion, secret);
  }

  /** `<link_code_companion_reg>` of a client: its wish for a code, or its half of the key exchange. */
  async linkCode(companion: Companion, iq: Node): Promise<Node[]> {
    const stanza = child(iq, 'link_code_companion_reg');
    const number = parseAddress(stanza?.attrs['jid'])?.user;
    if (!stanza || number === undefined) throw new ProtocolError('a pairing by code needs the number');
    if (stanza.attrs['stage'] === 'companion_finish') {
      await this.#codes.get(number)?.finish?.(stanza);
      return [];
    }
    const ref = randomBytes(16);
    const wrappedCompanionKey = bytes(child(stanza, 'link_code_pairing_wrapped_companion_ephemeral_pub'));
    this.#codes.set(number, { companion, wrappedCompanionKey, ref });
    for (const waiter of this.#codeWaiters) if (waiter.number === number) waiter.resolve();
    const answer = node('link_code_pairing_ref', {}, ref);
    return [node('link_code_companion_reg', { stage: 'companion_hello' }, [answer])];
  }

  async #link(account: Account, companion: Companion, advSecret: Buffer): Promise<LinkedDevice> {
    if (!account.phone.online) throw new PairingError('the phone has no connection');
    if (account.devices.length >= MAX_LINKED_DEVICES) throw new PairingError('too many linked devices');
    const id = account.reserveDeviceId();
    const identityKey = companion.bundle.identityKey;
    const issued = issueDeviceIdentity(account, id, identityKey, advSecret);
    this.forget(companion);
    const answer = await companion.request(pairSuccess(account, id, issued.container));
    const signed = child(child(answer, 'pair-device-sign'), 'device-identity');
    checkDeviceSignature(account, issued, identityKey, bytes(signed));
    const { noiseKey, bundle } = companion;
    const device = new LinkedDevice({ account, id, noiseKey, bundle });
    account.link(device);
    this.#onLinked(device);
    companion.restart();
    return device;
  }
}

function pairSuccess(account: Account, deviceId: number, container: Buffer): Node {
  const { business, verifiedName, name } = account.profile;
  const content = [
    node('device-identity', {}, container),
    ...(business ? [node('biz', { name: verifiedName ?? name })] : []),
    node('device', { jid: account.address('pn', deviceId), lid: account.address('lid', deviceId) }),
    node('platform', { name: business ? 'smba' : 'android' }),
  ];
  const attrs = { from: SERVER, type: 'set', id: stanzaId(), xmlns: 'md' };
  return node('iq', attrs, [node('pair-success', {}, content)]);
}

function primaryHello(request: CodeRequest, account: Account, wrappedPrimaryKey: Buffer): Node {
  const content = [
    node('link_code_pairing_wrapped_primary_ephemeral_pub', {}, wrappedPrimaryKey),
    node('primary_identity_pub', {}, account.keys.identity.public),
    node('link_code_pairing_ref', {}, request.ref),
  ];
  const attrs = { type: 'link_code_companion_reg', from: SERVER, id: stanzaId(), t: unixSeconds() };
  return node('notification', attrs, [node('link_code_companion_reg', { stage: 'primary_hello' }, content)]);
}

function openCompanionFinish(
  exchange: CodeExchange,
  account: Account,
  companion: Companion,
  stanza: Node,
): Buffer {
  const bundle = bytes(child(stanza, 'link_code_pairing_wrapped_key_bundle'));
  const identity = bytes(child(stanza, 'companion_identity_public'));
  if (!identity.equals(companion.bundle.identityKey))
    throw new PairingError('the key bundle is not of this pairing');
  return exchange.open(bundle, account.keys.identity, identity);
}
