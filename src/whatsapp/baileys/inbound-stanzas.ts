import {
  decodeMessageNode,
  getBinaryNodeChild,
  proto,
  type BinaryNode,
  type WAMessageKey,
} from '@whiskeysockets/baileys';
import { chatAddressOf, chatKindOf, lidOf, phoneOf } from '../addresses.js';
import type { InboxEntry, LinkedIdentity } from '../ports.js';
import { decodeContent } from './content.js';
import { deferred, type Deferred } from './deferred.js';
import { placeholderRows } from './placeholder-response.js';

/** A `<message>` that WhatsApp handed us and that is not dealt with yet. */
export class InboundStanza {
  readonly node: BinaryNode;
  readonly key: WAMessageKey;
  /** Plaintext of the parts before the last: a sender key, then the message. Protobufs merge by concatenation. */
  earlier: Uint8Array = new Uint8Array();
  /** Null until it is known. */
  outcome: 'READ' | 'UNREAD' | null = null;
  readonly #onSettled: (stanza: InboundStanza) => void;
  readonly #opened: Deferred<void> = deferred();
  readonly #settled: Deferred<void> = deferred();

  constructor(node: BinaryNode, key: WAMessageKey, onSettled: (stanza: InboundStanza) => void) {
    this.node = node;
    this.key = key;
    this.#onSettled = onSettled;
  }

  get caughtUp(): boolean {
    return this.node.attrs.offline !== undefined;
  }

  /** Resolves when its last part was decrypted and is on its way to the store, or when that is impossible. */
  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  /** Resolves when what was decrypted of it is stored, or when that is impossible. */
  get settled(): Promise<void> {
    return this.#settled.promise;
  }

  open(part: Part): void {
    if (!part.isLast) return;
    this.outcome ??= 'READ';
    this.#opened.resolve();
  }

  settle(part: Part): void {
    this.open(part);
    if (part.isLast) this.#settled.resolve();
    this.#onSettled(this);
  }
}

/** One `<enc>` of a stanza. */
export interface Part {
  readonly stanza: InboundStanza;
  readonly isLast: boolean;
  /** Sent again because we asked for it. */
  readonly resent: boolean;
}

interface InboundContext {
  readonly me: () => { readonly id: string; readonly lid: string };
  readonly identity: () => LinkedIdentity | null;
  readonly findPhone: (lid: string) => Promise<string | null>;
  readonly onStored: () => void;
  readonly onSettled: (stanza: InboundStanza) => void;
}

/**
 * Knows which stanza a ciphertext came in. The library's decrypt is told the ciphertext alone; the very same byte array
 * sits in the stanza, so its identity leads back, whatever runs at the same time.
 */
export class InboundStanzas {
  readonly #context: InboundContext;
  readonly #parts = new WeakMap<Uint8Array, Part>();
  readonly #stanzas = new WeakMap<BinaryNode, InboundStanza>();

  constructor(context: InboundContext) {
    this.#context = context;
  }

  /** Before the library sees it. Returns null for a stanza that holds nothing to decrypt. */
  register(node: BinaryNode): InboundStanza | null {
    const stanza = this.#stanzaOf(node);
    const sealed = encryptedParts(node.content);
    if (stanza === null || sealed.length === 0) return null;
    for (const [index, { attrs, content }] of sealed.entries()) {
      const part = { stanza, isLast: index === sealed.length - 1, resent: attrs.count !== undefined };
      this.#parts.set(content, part);
    }
    // What our own devices tell each other is not from anybody.
    if (!isPeer(node)) this.#stanzas.set(node, stanza);
    return stanza;
  }

  /** A message of somebody that is to be decrypted. */
  find(node: BinaryNode): InboundStanza | undefined {
    return this.#stanzas.get(node);
  }

  /** The row of a message whose content WhatsApp withholds until the phone is asked; null when it has no place in the inbox. */
  async withheldRow(node: BinaryNode): Promise<InboxEntry | null> {
    const stanza = this.#stanzaOf(node);
    if (stanza === null || encryptedParts(node.content).length > 0) return null;
    return getBinaryNodeChild(node, 'plaintext') === undefined ? this.rowOf(stanza, null, null) : null;
  }

  partOf(ciphertext: Uint8Array): Part | undefined {
    return this.#parts.get(ciphertext);
  }

  stored(): void {
    this.#context.onStored();
  }

  /** What goes to the inbox with this part. `address` is the one the library decrypted under. */
  async rowsOf(part: Part, plaintext: Uint8Array, address: string): Promise<InboxEntry[]> {
    const { stanza } = part;
    const content = Buffer.concat([stanza.earlier, plaintext]);
    if (!part.isLast) {
      stanza.earlier = content;
      return [];
    }
    if (isPeer(stanza.node)) return stanza.key.fromMe === true ? placeholderRows(content) : [];
    const meaning = decodeContent(content);
    // A resend may complete a row that said "undecryptable", so it is kept whatever it holds.
    if (meaning?.kind === 'INTERNAL' && !part.resent) return [];
    const row = await this.rowOf(stanza, meaning === null ? null : content, address);
    return row === null ? [] : [row];
  }

  /** Null when messages of this chat are not kept. */
  async rowOf(
    stanza: InboundStanza,
    content: Uint8Array | null,
    address: string | null,
  ): Promise<InboxEntry | null> {
    const { key, node } = stanza;
    const chat = chatAddressOf(key.remoteJid ?? '');
    const kind = chatKindOf(chat);
    if (isPeer(node) || kind === 'STATUS' || kind === 'NEWSLETTER' || kind === 'OTHER') return null;
    const whatsappId = node.attrs.id ?? '';
    const participant = node.attrs.participant === undefined ? null : chatAddressOf(node.attrs.participant);
    // No WhatsApp makes such a name, and no text of PostgreSQL holds it: it would be refused after each login.
    if ([whatsappId, chat, participant].some((name) => name?.includes('\0') === true)) return null;
    const fromMe = key.fromMe === true;
    return {
      whatsappId,
      chat,
      participant,
      fromMe,
      content,
      envelope: {
        ...(await this.#parties(node.attrs, fromMe, address)),
        pushName: node.attrs.notify ?? null,
        verifiedName: verifiedNameOf(node),
        sentAt: new Date(Number(node.attrs.t ?? 0) * 1000),
        caughtUp: stanza.caughtUp,
      },
    };
  }

  async #parties(attrs: BinaryNode['attrs'], fromMe: boolean, address: string | null) {
    const own = this.#context.identity();
    const author = attrs.participant ?? attrs.from;
    const senderLid =
      firstOf(lidOf, [author, attrs.participant_lid, attrs.sender_lid]) ??
      (attrs.participant === undefined ? lidOf(address) : null);
    const senderPhone =
      firstOf(phoneOf, [author, attrs.participant_pn, attrs.sender_pn]) ?? (await this.#phoneOf(senderLid));
    if (!fromMe) return { senderPhone, senderLid, recipientPhone: null, recipientLid: null };
    const recipientLid = firstOf(lidOf, [attrs.recipient, attrs.peer_recipient_lid, attrs.recipient_lid]);
    const recipientPhone =
      firstOf(phoneOf, [attrs.recipient, attrs.peer_recipient_pn, attrs.recipient_pn]) ??
      (await this.#phoneOf(recipientLid));
    return {
      senderPhone: own?.phoneNumber ?? senderPhone,
      senderLid: own?.lid ?? senderLid,
      recipientPhone,
      recipientLid,
    };
  }

  async #phoneOf(lid: string | null): Promise<string | null> {
    return lid === null ? null : phoneOf(await this.#context.findPhone(lid));
  }

  #stanzaOf(node: BinaryNode): InboundStanza | null {
    try {
      const { id, lid } = this.#context.me();
      return new InboundStanza(
        node,
        decodeMessageNode(node, id, lid).fullMessage.key,
        this.#context.onSettled,
      );
    } catch {
      // The library refuses the same stanza a moment later, with an answer to WhatsApp.
      return null;
    }
  }
}

interface Sealed {
  readonly attrs: BinaryNode['attrs'];
  readonly content: Uint8Array;
}

/** What of a stanza's content is to be decrypted. */
export function encryptedParts(stanza: BinaryNode['content']): Sealed[] {
  if (!Array.isArray(stanza)) return [];
  return stanza.flatMap(({ tag, attrs, content }) =>
    tag === 'enc' && content instanceof Uint8Array ? [{ attrs, content }] : [],
  );
}

/** Traffic between the devices of one account: keys, history, answers to our requests. */
function isPeer(node: BinaryNode): boolean {
  return node.attrs.category === 'peer';
}

function firstOf(
  read: (address: string | undefined) => string | null,
  addresses: readonly (string | undefined)[],
): string | null {
  for (const address of addresses) {
    const value = read(address);
    if (value !== null) return value;
  }
  return null;
}

function verifiedNameOf(node: BinaryNode): string | null {
  const certificate = getBinaryNodeChild(node, 'verified_name')?.content;
  if (!(certificate instanceof Uint8Array)) return null;
  const { details } = proto.VerifiedNameCertificate.decode(certificate);
  return details ? (proto.VerifiedNameCertificate.Details.decode(details).verifiedName ?? null) : null;
}
