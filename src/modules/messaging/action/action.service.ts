import { LockMode } from '@mikro-orm/core';
import type { Clock } from '../../../kernel/clock.js';
import type { Context } from '../../../kernel/context.js';
import type { Database } from '../../../platform/database/database.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import type { ContentCodec, MessageKey } from '../../../whatsapp/index.js';
import { Contact, findAddress } from '../../contact/index.js';
import { getSendingDevice } from '../../device/index.js';
import type { DeviceWaker } from '../../device/index.js';
import { Conversation } from '../conversation/conversation.entity.js';
import { brandedText } from '../message/message.content.js';
import type { Message } from '../message/message.entity.js';
import type { ActionKind } from '../message/message.kind.js';
import { getMessage } from '../message/message.queries.js';
import { messagingErrors } from '../messaging.errors.js';
import { assertWanted } from '../outbound/addressee.policy.js';
import { assertTakesMessage } from '../outbound/send.policy.js';
import { parseEdit, parseReaction } from './action.input.js';
import { assertReactable, deletableUntil, editableUntil } from './action.policy.js';
import type { ActionWriter } from './action.writer.js';

/** What is asked for, and the message that brings it to WhatsApp. */
export interface AcceptedAction {
  readonly target: Message;
  readonly action: Message;
}

/** What is to be done to a message. */
interface Plan {
  readonly kind: ActionKind;
  readonly text: string | null;
  /** WhatsApp takes it no longer. */
  readonly until: Date | null;
  readonly encode: (target: MessageKey) => Uint8Array;
}

/**
 * Reactions, edits and deletions. Each is a message of the outbox, so it is as safe as one: frozen when it is accepted, sent under one id,
 * resent as the same. What it does is done here once WhatsApp has it.
 */
export class MessageActionService {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #codec: ContentCodec;
  readonly #writer: ActionWriter;
  readonly #waker: Pick<DeviceWaker, 'wake'>;

  constructor(options: {
    readonly database: Database;
    readonly clock: Clock;
    readonly codec: ContentCodec;
    readonly writer: ActionWriter;
    readonly waker: Pick<DeviceWaker, 'wake'>;
  }) {
    this.#database = options.database;
    this.#clock = options.clock;
    this.#codec = options.codec;
    this.#writer = options.writer;
    this.#waker = options.waker;
  }

  /** A reaction takes the place of the one before; without an emoji that one is taken back. */
  async react(
    ctx: Context,
    messageId: string,
    input: { readonly emoji?: string | null | undefined },
  ): Promise<AcceptedAction> {
    const emoji = parseReaction(input);
    return this.#act(ctx, messageId, (target, now) => {
      assertReactable(target);
      const encode = (key: MessageKey) => this.#codec.encodeReaction(key, emoji ?? '', now);
      return { kind: 'REACTION', text: emoji, until: null, encode };
    });
  }

  /** The brand line stays below the new text. */
  async edit(ctx: Context, messageId: string, input: { readonly text: string }): Promise<AcceptedAction> {
    const text = parseEdit(input);
    return this.#act(ctx, messageId, (target, now) => {
      const until = editableUntil(target, now);
      const shown = brandedText({ text, brandLine: target.brandLine }) ?? '';
      const encode = (key: MessageKey) => this.#codec.encodeEdit(key, shown, now);
      return { kind: 'EDIT', text, until, encode };
    });
  }

  async deleteForEverybody(ctx: Context, messageId: string): Promise<AcceptedAction> {
    return this.#act(ctx, messageId, (target, now) => ({
      kind: 'DELETION',
      text: null,
      until: deletableUntil(target, now),
      encode: (key) => this.#codec.encodeRevoke(key),
    }));
  }

  async #act(
    ctx: Context,
    messageId: string,
    plan: (target: Message, now: Date) => Plan,
  ): Promise<AcceptedAction> {
    return this.#database.write(ctx, async (tx) => {
      const target = await getMessage(tx.em, messageId);
      const recipient = await holdRecipient(tx, target);
      const device = await getSendingDevice(tx, target.deviceId);
      assertTakesMessage(device.status, 'QUEUE', device.suspendedBy);
      const { encode, ...rest } = plan(target, this.#clock.now());
      const { whatsappId, direction } = target;
      const key = { chat: recipient, whatsappId: whatsappId ?? '', fromMe: direction === 'OUTBOUND' };
      const action = await this.#writer.write(tx, device, {
        ...rest,
        target,
        recipient,
        content: encode(key),
      });
      tx.afterCommit(() => {
        this.#waker.wake(device, 'device.drain');
      });
      return { target, action };
    });
  }
}

/** Whom the conversation is with, as a number or an address. The conversation stays locked, so that its messages keep one order. */
async function holdRecipient(tx: Transaction, target: Message): Promise<string> {
  const { contactId } = await tx.em.findOneOrFail(
    Conversation,
    { id: target.conversationId },
    { lockMode: LockMode.PESSIMISTIC_WRITE },
  );
  if (contactId == null) throw messagingErrors.CONVERSATION_RECEIVE_ONLY();
  const contact = await tx.em.findOneOrFail(Contact, { id: contactId });
  assertWanted(contact, 'PERSON');
  const recipient = await findAddress(tx.em, contact);
  if (recipient === null) throw messagingErrors.CONTACT_WITHOUT_ADDRESS();
  return recipient;
}
