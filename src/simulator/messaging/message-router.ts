import { createHash } from 'node:crypto';
import { isBreak, type FaultAction } from '../faults/fault-rule.js';
import type { LedgerEnc, LedgerEntry } from '../ledger/ledger-entry.js';
import type { Network } from '../network.js';
import { messageKeyName } from '../signal/message-key.js';
import type { Account } from '../state/account.js';
import type { LinkedDevice } from '../state/linked-device.js';
import { chatKind, lidAddress, parseAddress, phoneAddress } from '../wire/address.js';
import { bytes, child, children, node, ProtocolError, unixSeconds, type Node } from '../wire/node.js';
import type { PostOffice } from './post-office.js';

const REACHOUT_LOCKED = 463;

/** One encrypted copy of a message with the address it is for. */
interface Copy {
  readonly jid: string;
  readonly enc: Node;
  readonly ciphertext: Buffer;
  readonly record: LedgerEnc;
}

/** Takes messages from linked devices, hands each copy to its phone or device and acknowledges. */
export class MessageRouter {
  readonly #network: Network;
  readonly #office: PostOffice;

  constructor(network: Network, office: PostOffice) {
    this.#network = network;
    this.#office = office;
  }

  /** @throws ProtocolError when the stanza lacks what every message has */
  accept(sender: LinkedDevice, stanza: Node): void {
    const { id, to } = stanza.attrs;
    if (!id || !to) throw new ProtocolError('a message needs id and to');
    if (chatKind(to) === 'unknown') throw new ProtocolError('a message to nowhere');
    const copies = copiesOf(stanza, to);
    const entry = this.#record(sender, stanza, copies);
    const fault =
      this.#network.faults.take('message', this.#subject(sender, stanza)) ?? lockOf(sender, entry);
    if (!fault) {
      this.#process(sender, stanza, copies, entry);
    } else if (fault.kind === 'delay') {
      this.#network.timers.after(fault.ms, () => {
        this.#process(sender, stanza, copies, entry);
      });
    } else if (fault.kind === 'error') {
      entry.error = String(fault.code);
      this.#network.ledger.recheck(entry);
      sender.link?.send(ackOf(stanza, { error: entry.error }));
    } else {
      entry.error = 'lost';
      this.#network.ledger.recheck(entry);
      if (isBreak(fault)) sender.disrupt(fault);
    }
  }

  #process(sender: LinkedDevice, stanza: Node, copies: readonly Copy[], entry: LedgerEntry): void {
    for (const copy of copies) this.#handOver(sender, stanza, copy, entry);
    const acknowledge = (): void => {
      entry.ackedAt ??= Date.now();
      sender.link?.send(ackOf(stanza));
      this.#network.ledger.recheck(entry);
    };
    const fault = this.#network.faults.take('ack', this.#subject(sender, stanza));
    if (!fault) acknowledge();
    else if (fault.kind === 'delay') this.#network.timers.after(fault.ms, acknowledge);
    else if (fault.kind === 'duplicate') {
      acknowledge();
      acknowledge();
    } else if (isBreak(fault)) sender.disrupt(fault);
  }

  #handOver(sender: LinkedDevice, stanza: Node, copy: Copy, entry: LedgerEntry): void {
    const account = this.#network.directory.byAddress(copy.jid);
    const address = parseAddress(copy.jid);
    if (!account || !address) return;
    const addressing = address.server === 'lid' ? 'lid' : 'pn';
    if (account !== sender.account) account.acquaintances.add(sender.account.number);
    if (address.device === 0) {
      account.phone.receiveMessage({
        id: stanza.attrs['id'] ?? '',
        sender,
        chat: stanza.attrs['to'] ?? '',
        addressing,
        encType: copy.enc.attrs['type'] ?? '',
        ciphertext: copy.ciphertext,
        timestamp: Date.now(),
        category: stanza.attrs['category'],
        onOpened: (decrypted) => {
          copy.record.decrypted = decrypted;
          this.#network.ledger.recheck(entry);
        },
      });
      return;
    }
    const device = account.device(address.device);
    if (device) this.#office.deliver(device, forwarded(sender, account, stanza, copy.enc, addressing));
  }

  #record(sender: LinkedDevice, stanza: Node, copies: readonly Copy[]): LedgerEntry {
    return this.#network.ledger.record({
      direction: 'in',
      accountNumber: sender.account.number,
      device: sender.id,
      connection: sender.link?.number ?? 0,
      tag: 'message',
      id: stanza.attrs['id'],
      type: stanza.attrs['type'],
      xmlns: undefined,
      edit: stanza.attrs['edit'],
      peer: stanza.attrs['to'],
      to: this.#network.directory.byAddress(stanza.attrs['to'])?.number,
      offline: false,
      encs: copies.map((copy) => copy.record),
    });
  }

  #subject(sender: LinkedDevice, stanza: Node): Record<string, string | number> {
    const { to = '', id = '', type = '' } = stanza.attrs;
    const recipient = this.#network.directory.byAddress(to)?.number ?? to;
    return { number: sender.account.number, device: sender.id, recipient, id, type };
  }
}

/** While an account is locked from reaching out, WhatsApp refuses what it writes to strangers. */
function lockOf({ account }: LinkedDevice, { to }: LedgerEntry): FaultAction | undefined {
  if (!account.reachoutTimelock?.is_active || to === undefined || to === account.number) return undefined;
  return account.acquaintances.has(to) ? undefined : { kind: 'error', code: REACHOUT_LOCKED };
}

/** Copies for devices sit in `<participants>`; peer messages, resends and groups carry `<enc>` directly. */
function copiesOf(stanza: Node, to: string): Copy[] {
  const listed = children(child(stanza, 'participants'), 'to').flatMap((each) =>
    children(each, 'enc').map((enc) => ({ jid: each.attrs['jid'] ?? '', enc })),
  );
  const direct = children(stanza, 'enc').map((enc) => ({ jid: to, enc }));
  return [...listed, ...direct].map(({ jid, enc }) => {
    const ciphertext = bytes(enc);
    const type = enc.attrs['type'] ?? '';
    const digest = createHash('sha256').update(ciphertext).digest('base64').slice(0, 16);
    const key = messageKeyName(type, ciphertext) ?? { chain: '', counter: 0 };
    return { jid, enc, ciphertext, record: { recipientJid: jid, type, ...key, digest } };
  });
}

function ackOf(stanza: Node, extra: { error?: string } = {}): Node {
  const { id, to } = stanza.attrs;
  return node('ack', { class: 'message', id, from: to, t: unixSeconds(), ...extra });
}

/** What another linked device gets to see of a message. */
function forwarded(
  sender: LinkedDevice,
  recipient: Account,
  stanza: Node,
  enc: Node,
  addressing: 'pn' | 'lid',
): Node {
  const { account } = sender;
  const identity = child(stanza, 'device-identity');
  const aliases =
    addressing === 'lid'
      ? { sender_pn: phoneAddress(account.number), addressing_mode: 'lid' }
      : { sender_lid: lidAddress(account.lid) };
  const attrs = {
    id: stanza.attrs['id'],
    from: account.address(addressing, sender.id),
    type: stanza.attrs['type'],
    edit: stanza.attrs['edit'],
    t: unixSeconds(),
    notify: account.profile.name,
    recipient: recipient === account ? stanza.attrs['to'] : undefined,
    ...aliases,
  };
  return node('message', attrs, identity ? [enc, identity] : [enc]);
}
