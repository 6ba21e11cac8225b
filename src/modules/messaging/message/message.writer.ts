import type { Clock } from '../../../kernel/clock.js';
import { newId, newIdAfter } from '../../../kernel/ids.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { lidOf } from '../../../whatsapp/index.js';
import type { ContentCodec, MediaType } from '../../../whatsapp/index.js';
import { isMetered, reserveQuota } from '../../billing/index.js';
import type { Charge } from '../../billing/index.js';
import type { ContactDirectory } from '../../contact/index.js';
import type { DeviceKeys, SendingDevice } from '../../device/index.js';
import { touchConversation } from '../conversation/conversation.directory.js';
import { Media } from '../media/media.entity.js';
import { messageCreated } from '../messaging.events.js';
import { assertWanted } from '../outbound/addressee.policy.js';
import type { RoutingRule } from '../routing/routing.rule.js';
import { brandedText, contentPlace } from './message.content.js';
import { Message } from './message.entity.js';
import type { DeliveryOptions } from './message.entity.js';
import { insertIntoKnown, insertMessage } from './message.insert.js';
import type { MessageOrigin } from './message.origin.js';
import { assertAnswers, findQuoted } from './message.quote.js';

/** How long a drain leaves a message alone whose medium is still being fetched; the fetch wakes it earlier. */
const MEDIA_PATIENCE_MS = 60_000;

export interface OutboundMedium {
  readonly sourceUrl: string;
  /** null: decided by the content type when it was fetched. */
  readonly type: MediaType | null;
  readonly fileName: string | null;
}

export interface OutboundDraft {
  /** E.164 digits, or the address of a contact whose number is not known. */
  readonly to: string;
  readonly text: string | null;
  readonly media: OutboundMedium | null;
  readonly expiresAt: Date | null;
  readonly retryOf: string | null;
  /** The message that it answers. */
  readonly replyToId: string | null;
  readonly routingRule: RoutingRule;
  readonly origin: MessageOrigin;
  readonly delivery: DeliveryOptions;
}

/** Puts a message into the outbox, inside the caller's transaction. */
export class MessageWriter {
  readonly #clock: Clock;
  readonly #contacts: ContactDirectory;
  readonly #keys: DeviceKeys;
  readonly #codec: ContentCodec;
  readonly #brandLine: string;

  constructor(options: {
    readonly clock: Clock;
    readonly contacts: ContactDirectory;
    readonly deviceKeys: DeviceKeys;
    readonly codec: ContentCodec;
    /** What messages of packages with a brand line carry. */
    readonly brandLine: string;
  }) {
    this.#clock = options.clock;
    this.#contacts = options.contacts;
    this.#keys = options.deviceKeys;
    this.#codec = options.codec;
    this.#brandLine = options.brandLine;
  }

  async write(tx: Transaction, device: SendingDevice, draft: OutboundDraft): Promise<Message> {
    return (await this.writeToKnown(tx, device, draft)) ?? this.#write(tx, device, draft);
  }

  /** The usual case, in one statement. null, with nothing written: it is another one. */
  async writeToKnown(tx: Transaction, device: SendingDevice, draft: OutboundDraft): Promise<Message | null> {
    // A file has a row of its own, an answer needs its conversation first, and the id that a unit is taken for must be the last word.
    if (draft.media !== null || draft.replyToId !== null || isMetered(device)) return null;
    const at = this.#clock.now();
    const id = newId();
    const charge = await reserveQuota(tx, device, id, at);
    const message = await this.#compose(tx, device, draft, { id, charge, conversationId: '', at });
    if (!(await insertIntoKnown(tx, message))) return null;
    tx.append(messageCreated(message));
    return message;
  }

  async #write(tx: Transaction, device: SendingDevice, draft: OutboundDraft): Promise<Message> {
    const at = this.#clock.now();
    const lid = lidOf(draft.to);
    const addressee =
      lid === null
        ? await this.#contacts.resolveNumber(tx, device, draft.to)
        : await this.#contacts.resolve(tx, device, { phoneNumber: null, lid });
    assertWanted(addressee, draft.origin);
    const { id: conversationId, lastWaitingId } = await touchConversation(tx, {
      device: placeOf(device),
      peer: { kind: 'DIRECT', contactId: addressee.id },
      at,
      unread: 0,
    });
    // Messages leave in the order of their ids.
    const id = newIdAfter(lastWaitingId);
    const charge = await reserveQuota(tx, device, id, at);
    const message = await this.#compose(tx, device, draft, { id, charge, conversationId, at });
    if (!(await insertMessage(tx, message))) throw new Error('the WhatsApp id of a new message is taken');
    if (draft.media !== null) await insertMedium(tx, message, draft.media, at);
    tx.append(messageCreated(message));
    return message;
  }

  async #compose(
    tx: Transaction,
    device: SendingDevice,
    draft: OutboundDraft,
    own: {
      readonly id: string;
      readonly charge: Charge;
      readonly conversationId: string;
      readonly at: Date;
    },
  ): Promise<Message> {
    const { id, charge, conversationId, at } = own;
    const message = Message.outbound(
      { ...placeOf(device), conversationId },
      {
        id,
        charge,
        packagePriority: charge.priority,
        brandLine: charge.brandLine ? this.#brandLine : null,
        kind: draft.media === null ? 'TEXT' : (draft.media.type ?? 'DOCUMENT'),
        text: draft.text,
        recipient: draft.to,
        expiresAt: draft.expiresAt,
        retryOf: draft.retryOf,
        targetId: null,
        replyToId: draft.replyToId,
        routingRule: draft.routingRule,
        origin: draft.origin,
        delivery: draft.delivery,
        at,
        dueAt: draft.media === null ? at : new Date(at.getTime() + MEDIA_PATIENCE_MS),
      },
    );
    if (draft.replyToId !== null) await assertAnswers(tx, message, draft.replyToId);
    if (draft.media === null) await this.#freezeText(tx, message);
    return message;
  }

  async #freezeText(tx: Transaction, message: Message): Promise<void> {
    const key = await this.#keys.dataKeyIn(tx, message.deviceId);
    const content = this.#codec.encodeText(brandedText(message) ?? '');
    const quoted = await findQuoted(tx.em, key, message);
    const frozen = quoted === null ? content : this.#codec.withQuote(content, quoted);
    message.content = key.seal(frozen, contentPlace(message.id));
  }
}

function placeOf({ id: deviceId, agencyId, subaccountId, shard }: SendingDevice) {
  return { agencyId, subaccountId, deviceId, shard };
}

async function insertMedium(
  tx: Transaction,
  message: Message,
  medium: OutboundMedium,
  at: Date,
): Promise<void> {
  tx.em.persist(
    Media.awaited(message, {
      type: medium.type ?? 'ANY',
      sourceUrl: medium.sourceUrl,
      fileName: medium.fileName,
      mimeType: null,
      sizeBytes: null,
      sha256: null,
      dueAt: at,
    }),
  );
  await tx.em.flush();
}
