import type { EntityManager } from '@mikro-orm/postgresql';
import type { Context } from '../../../kernel/context.js';
import type { Database } from '../../../platform/database/database.js';
import type { Hints } from '../../../platform/pubsub/hints.js';
import { lidOf, phoneOf } from '../../../whatsapp/index.js';
import { Contact, findLids } from '../../contact/index.js';
import { Device } from '../../device/index.js';
import { getConversation } from '../conversation/conversation.queries.js';
import { messagingErrors } from '../messaging.errors.js';
import { sessionTopic, typingNews, typingTopic } from './presence.signals.js';
import type { SessionRequest } from './presence.signals.js';

/** WhatsApp forgets whom we watch when the device reconnects. */
const WATCH_AGAIN_MS = 60_000;

/** The other side of a conversation, under both names. */
interface Person {
  readonly deviceId: string;
  readonly subaccountId: string;
  readonly phoneNumber: string | null;
  readonly lid: string | null;
}

export interface Typing {
  readonly typing: boolean;
}

/** Who types in a conversation, both ways. Nothing of it is stored. */
export class TypingService {
  readonly #database: Database;
  readonly #hints: Hints;

  constructor(options: { readonly database: Database; readonly hints: Hints }) {
    this.#database = options.database;
    this.#hints = options.hints;
  }

  /** Shows it to the other side, for ten seconds at most. Throws DEVICE_OFFLINE and CONVERSATION_RECEIVE_ONLY. */
  async show(ctx: Context, conversationId: string, typing: boolean): Promise<void> {
    const person = await this.#database.read(ctx, async (em) => {
      const found = await findPerson(em, conversationId);
      const device = await em.findOne(Device, { id: found.deviceId });
      if (device?.status === 'CONNECTED') return found;
      throw messagingErrors.DEVICE_OFFLINE({ data: { deviceStatus: device?.status ?? null } });
    });
    this.#ask(person, { kind: 'TYPE', to: addressOf(person), typing });
  }

  /** Whether the other side types, each time that it changes. Never ends by itself. */
  async *follow(
    ctx: Context,
    conversationId: string,
    { signal, recheck }: { readonly signal: AbortSignal; readonly recheck: () => Promise<Context> },
  ): AsyncGenerator<Typing, void, undefined> {
    const person = await this.#database.read(ctx, (em) => findPerson(em, conversationId));
    const state = { latest: false, told: false };
    let wake: () => void = () => undefined;
    const wakeUp = (): void => wake();
    const end = this.#hints.onSignal(typingTopic(person.deviceId), (data) => {
      const news = typingNews.safeParse(data);
      if (!news.success || !isOf(person, news.data.chat)) return;
      state.latest = news.data.typing;
      wake();
    });
    // Each two seconds as well, so that a right that was taken away counts.
    const endPoll = this.#hints.subscribe(sessionTopic(person.deviceId), wakeUp);
    signal.addEventListener('abort', wakeUp, { once: true });
    const watch = (): void => this.#ask(person, { kind: 'WATCH', to: addressOf(person) });
    const watching = setInterval(watch, WATCH_AGAIN_MS);
    watch();
    try {
      while (!signal.aborted) {
        (await recheck()).require('conversation:read', person.subaccountId);
        if (state.latest !== state.told) yield { typing: (state.told = state.latest) };
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      clearInterval(watching);
      signal.removeEventListener('abort', wakeUp);
      endPoll();
      end();
    }
  }

  #ask({ deviceId }: Person, request: SessionRequest): void {
    this.#hints.signal(sessionTopic(deviceId), request);
  }
}

async function findPerson(em: EntityManager, conversationId: string): Promise<Person> {
  const { contactId, deviceId, subaccountId } = await getConversation(em, conversationId);
  if (contactId == null) throw messagingErrors.CONVERSATION_RECEIVE_ONLY();
  const contact = await em.findOneOrFail(Contact, { id: contactId });
  const lid = (await findLids(em, [contactId])).get(contactId) ?? null;
  return { deviceId, subaccountId, phoneNumber: contact.phoneNumber ?? null, lid };
}

function addressOf({ phoneNumber, lid }: Person): string {
  const address = phoneNumber ?? lid;
  if (address === null) throw new Error('a contact has neither a number nor a LID');
  return address;
}

function isOf({ phoneNumber, lid }: Person, chat: string): boolean {
  const phone = phoneOf(chat);
  return phone === null ? lid !== null && lidOf(chat) === lid : phone === phoneNumber;
}
