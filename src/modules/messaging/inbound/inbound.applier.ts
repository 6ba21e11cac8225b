import type { Clock } from '../../../kernel/clock.js';
import { PreparedStatement } from '../../../platform/database/prepared-statement.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import type { ContentCodec, InboundContent, InboxEntry } from '../../../whatsapp/index.js';
import type { ContactDirectory, OptOuts } from '../../contact/index.js';
import type { DeviceKeys, DeviceWaker } from '../../device/index.js';
import { touchConversation } from '../conversation/conversation.directory.js';
import type { Peer } from '../conversation/conversation.directory.js';
import { noteAcquaintance } from '../conversation/conversation.acquaintance.js';
import { Conversation, CONVERSATION_COLUMNS } from '../conversation/conversation.entity.js';
import { contentPlace, shownContent, storable } from '../message/message.content.js';
import { Message } from '../message/message.entity.js';
import type { MessagePlace, ObservedFacts } from '../message/message.entity.js';
import { insertMessage } from '../message/message.insert.js';
import { messageCreated, messageReceived, messageStatusChanged } from '../messaging.events.js';
import { prove } from '../message/message.proof.js';
import { Media } from '../media/media.entity.js';
import { applyEdit, applyRevoke, findMessage } from './inbound.changes.js';
import { findReference, tellTarget } from './inbound.reference.js';
import type { Reference } from './inbound.reference.js';
import type { MediaRemover } from './inbound.changes.js';
import { peerOf } from './inbound.peer.js';
import type { InboundPeer } from './inbound.peer.js';
import { plainOf } from './inbound.plain.js';
import type { PlainEntry } from './inbound.plain.js';
import { applyTogether } from './inbound.together.js';

export type InboundDevice = Omit<MessagePlace, 'conversationId'>;

/** Each kind has an index of its own. */
function conversationStatement(kind: Peer['kind'], peerColumn: string) {
  return new PreparedStatement<Record<string, unknown>>(
    `find_conversation_${kind.toLowerCase()}`,
    `select ${CONVERSATION_COLUMNS} from conversation c
     where c.device_id = $1 and c.kind = '${kind}' and c.${peerColumn} = $2`,
  );
}

const FIND_CONVERSATION = {
  DIRECT: conversationStatement('DIRECT', 'contact_id'),
  GROUP: conversationStatement('GROUP', 'provider_address'),
} as const;

interface Place {
  /** As it was before; null: it is made now. */
  readonly conversation: Conversation | null;
  readonly device: InboundDevice;
  readonly peer: Peer;
  readonly author: string | null;
}

/** Turns one received entry into contact, conversation, message and events, inside the caller's transaction. Doing it twice changes nothing. */
export class InboundApplier {
  readonly #clock: Clock;
  readonly #codec: ContentCodec;
  readonly #contacts: ContactDirectory;
  readonly #optOuts: Pick<OptOuts, 'heed'>;
  readonly #keys: DeviceKeys;
  readonly #removeMedia: MediaRemover;
  readonly #waker: Pick<DeviceWaker, 'wake'>;

  constructor(options: {
    readonly clock: Clock;
    readonly codec: ContentCodec;
    readonly contacts: ContactDirectory;
    readonly optOuts: Pick<OptOuts, 'heed'>;
    readonly deviceKeys: DeviceKeys;
    /** Deletes a stored file, after the commit. */
    readonly removeMedia: MediaRemover;
    readonly waker: Pick<DeviceWaker, 'wake'>;
  }) {
    this.#clock = options.clock;
    this.#codec = options.codec;
    this.#contacts = options.contacts;
    this.#optOuts = options.optOuts;
    this.#keys = options.deviceKeys;
    this.#removeMedia = options.removeMedia;
    this.#waker = options.waker;
  }

  /** Applies as many of the first entries as can be applied together, and returns how many. 0: the first one needs {@link apply}. */
  async applyFirst(tx: Transaction, device: InboundDevice, entries: readonly InboxEntry[]): Promise<number> {
    const plain: PlainEntry[] = [];
    for (const entry of entries) {
      const next = plainOf(entry, this.#meaningOf(entry.content));
      if (next === null) break;
      plain.push(next);
    }
    const [clock, contacts, optOuts] = [this.#clock, this.#contacts, this.#optOuts];
    return applyTogether(tx, device, plain, { clock, contacts, optOuts });
  }

  async apply(tx: Transaction, device: InboundDevice, entry: InboxEntry): Promise<void> {
    const meaning = this.#meaningOf(entry.content);
    const inboundPeer = peerOf(entry);
    if (inboundPeer === null || meaning?.kind === 'INTERNAL') return;
    const { peer, author } = await this.#resolve(tx, device, inboundPeer);
    const conversation = await findConversation(tx, device.deviceId, peer);
    const place = { device, peer, author, conversation };
    if (meaning?.kind === 'REVOKE') {
      await applyRevoke(tx, { conversation, entry, author, meaning, remove: this.#removeMedia });
      return;
    }
    if (meaning?.kind === 'EDIT') {
      if (await applyEdit(tx, { conversation, entry, author, meaning })) return;
      // The message that it changes was never ours to see: the new text is the message.
      await this.#insert(tx, place, entry, { kind: 'TEXT', text: meaning.text });
      return;
    }
    const existing = await findMessage(tx, conversation, entry.whatsappId, directionOf(entry));
    if (existing === null) await this.#insert(tx, place, entry, meaning);
    else await this.#complete(tx, existing, entry, meaning, peer);
  }

  /** null: it cannot be decrypted yet. */
  #meaningOf(content: Uint8Array | null): InboundContent | null {
    if (content === null) return null;
    return this.#codec.decode(content) ?? { kind: 'UNSUPPORTED', description: 'unreadable' };
  }

  async #resolve(
    tx: Transaction,
    device: InboundDevice,
    peer: NonNullable<InboundPeer>,
  ): Promise<{ readonly peer: Peer; readonly author: string | null }> {
    if (peer.kind === 'GROUP') return { peer, author: peer.author };
    const contact = await this.#contacts.resolve(tx, device, peer.person);
    return { peer: { kind: 'DIRECT', contactId: contact.id }, author: null };
  }

  async #insert(
    tx: Transaction,
    { device, peer, author, conversation }: Place,
    entry: InboxEntry,
    meaning: Shown | null,
  ): Promise<void> {
    const facts = this.#factsOf(entry, author, meaning);
    const reference = await findReference(tx, device.deviceId, conversation, meaning);
    const unread = !entry.fromMe && facts.kind !== 'REACTION' ? 1 : 0;
    const at = entry.envelope.sentAt;
    const { id: conversationId } = await touchConversation(tx, { device, peer, at, unread });
    await noteAcquaintance(tx, { conversation, conversationId, direction: facts.direction, at });
    const message = Message.observed({ ...device, conversationId }, { ...facts, ...reference });
    if (meaning !== null) await this.#keepRaw(tx, message, entry, meaning);
    // Under another address of the same person it may just have been applied: then this one starts over and finds it.
    if (!(await insertMessage(tx, message))) throw new Error('the message was applied by another process');
    if (meaning !== null) await this.#awaitFile(tx, message, meaning);
    await this.#heedWishes(tx, peer, message);
    tx.append(facts.status === 'RECEIVED' ? messageReceived(message) : messageCreated(message));
    tellTarget(tx, message);
  }

  /** A redelivery of what we have: news only when the first one could not be read, or proves that WhatsApp has what we sent. */
  async #complete(
    tx: Transaction,
    message: Message,
    entry: InboxEntry,
    meaning: Shown | null,
    peer: Peer,
  ): Promise<void> {
    if (entry.fromMe) {
      await prove(tx, 'SENT', [{ messageId: message.id, at: entry.envelope.sentAt }]);
      return;
    }
    if (message.status !== 'UNDECRYPTABLE' || meaning === null) return;
    const { kind, text } = shownContent(meaning);
    const { deviceId, conversationId: id } = message;
    message.decrypt({ kind, text, ...(await findReference(tx, deviceId, { id }, meaning)) });
    await this.#keepRaw(tx, message, entry, meaning);
    await tx.em.flush();
    await this.#awaitFile(tx, message, meaning);
    await this.#heedWishes(tx, peer, message);
    tx.append(messageStatusChanged(message, 'UNDECRYPTABLE'));
    tx.append(messageReceived(message));
    tellTarget(tx, message);
  }

  #factsOf(
    entry: InboxEntry,
    author: string | null,
    meaning: Shown | null,
  ): Omit<ObservedFacts, keyof Reference> {
    const shown = meaning === null ? null : shownContent(meaning);
    return {
      direction: directionOf(entry),
      status: entry.fromMe ? 'SENT' : meaning === null ? 'UNDECRYPTABLE' : 'RECEIVED',
      kind: shown?.kind ?? 'UNSUPPORTED',
      text: shown?.text ?? null,
      whatsappId: entry.whatsappId,
      sender: storable(author),
      recipient: entry.fromMe ? entry.envelope.recipientPhone : null,
      sentAt: entry.envelope.sentAt,
      caughtUp: entry.envelope.caughtUp,
      at: this.#clock.now(),
    };
  }

  async #keepRaw(tx: Transaction, message: Message, entry: InboxEntry, meaning: Shown): Promise<void> {
    if (entry.content === null || !shownContent(meaning).keepsRaw) return;
    const key = await this.#keys.dataKeyIn(tx, message.deviceId);
    message.content = key.seal(entry.content, contentPlace(message.id));
  }

  /** Before it is told that the message came: who reacts to it knows whether the person wants an answer. */
  async #heedWishes(tx: Transaction, peer: Peer, message: Message): Promise<void> {
    const { direction, kind, text, subaccountId } = message;
    if (peer.kind !== 'DIRECT' || direction !== 'INBOUND' || kind !== 'TEXT' || text == null) return;
    await this.#optOuts.heed(tx, { subaccountId, contactId: peer.contactId }, text);
  }

  async #awaitFile(tx: Transaction, message: Message, meaning: Shown): Promise<void> {
    if (!('mimeType' in meaning)) return;
    const { kind: type, mimeType, fileName, sizeBytes, sha256 } = meaning;
    const facts = { type, sourceUrl: null, mimeType, sizeBytes, sha256, dueAt: this.#clock.now() };
    tx.em.persist(Media.awaited(message, { ...facts, fileName: storable(fileName) }));
    await tx.em.flush();
    const { deviceId: id, agencyId, subaccountId, shard } = message;
    tx.afterCommit(() => this.#waker.wake({ id, agencyId, subaccountId, shard }, 'device.download'));
  }
}

type Shown = Exclude<InboundContent, { kind: 'EDIT' | 'REVOKE' | 'INTERNAL' }>;

function directionOf(entry: InboxEntry): 'INBOUND' | 'OUTBOUND' {
  return entry.fromMe ? 'OUTBOUND' : 'INBOUND';
}

async function findConversation(tx: Transaction, deviceId: string, peer: Peer): Promise<Conversation | null> {
  const address = peer.kind === 'DIRECT' ? peer.contactId : peer.providerAddress;
  const [row] = await FIND_CONVERSATION[peer.kind].run(tx.em, [deviceId, address]);
  return row === undefined ? null : tx.em.map(Conversation, row);
}
