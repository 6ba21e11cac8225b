import { bothDone } from '../../../kernel/both-done.js';
import type { Clock } from '../../../kernel/clock.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import type { ContactDirectory, OptOuts } from '../../contact/index.js';
import { countArrivals } from '../conversation/conversation.directory.js';
import type { Arrivals } from '../conversation/conversation.directory.js';
import { Message } from '../message/message.entity.js';
import type { MessagePlace } from '../message/message.entity.js';
import { insertTogether } from '../message/message.insert.js';
import { messageReceived } from '../messaging.events.js';
import { holdKnownPlaces } from './inbound.known.js';
import type { KnownPlace } from './inbound.known.js';
import { welcome } from './inbound.newcomers.js';
import type { PlainEntry } from './inbound.plain.js';

interface Arrived {
  readonly message: Message;
  readonly contactId: string;
}

interface Parts {
  readonly clock: Clock;
  readonly contacts: Pick<ContactDirectory, 'introduce'>;
  readonly optOuts: Pick<OptOuts, 'heed'>;
}

/**
 * Applies plain messages of people who are known or write for the first time, as many of the first of them as there are, and returns how many. Whatever
 * their number, they cost three statements, of which the last two share a round trip; who writes for the first time costs four more for all such people.
 */
export async function applyTogether(
  tx: Transaction,
  device: Omit<MessagePlace, 'conversationId'>,
  plain: readonly PlainEntry[],
  { clock, contacts, optOuts }: Parts,
): Promise<number> {
  if (plain.length === 0) return 0;
  const places = await placesOf(tx, device, plain, contacts);
  if (places.length === 0) return 0;
  const at = clock.now();
  const arrived = places.flatMap((place, index): Arrived[] => {
    const entry = plain[index];
    return entry === undefined ? [] : [arrivedAt(device, place, entry, at)];
  });
  const messages = arrived.map(({ message }) => message);
  const [areNew] = await bothDone(
    insertTogether(tx, messages),
    countArrivals(tx, device, arrivalsOf(messages)),
  );
  // The same one under another address of its author: then each is looked at alone.
  if (!areNew) throw new Error('a message was applied before');
  for (const { message, contactId } of arrived) {
    // Before it is told that the message came: who reacts to it knows whether the person wants an answer.
    const { subaccountId, kind, text } = message;
    if (kind === 'TEXT' && text != null) await optOuts.heed(tx, { subaccountId, contactId }, text);
    tx.append(messageReceived(message));
  }
  return arrived.length;
}

/** Of the first messages, up to one that needs a look of its own. */
async function placesOf(
  tx: Transaction,
  device: Omit<MessagePlace, 'conversationId'>,
  plain: readonly PlainEntry[],
  contacts: Parts['contacts'],
): Promise<KnownPlace[]> {
  let places = await holdKnownPlaces(tx, device, plain);
  if (places[0] === null) {
    const unplaced = plain.filter((_, index) => places[index] === null);
    if (await welcome(tx, device, unplaced, contacts)) places = await holdKnownPlaces(tx, device, plain);
  }
  const first: KnownPlace[] = [];
  for (const place of places) {
    if (place === null) break;
    first.push(place);
  }
  return first;
}

function arrivedAt(
  device: Omit<MessagePlace, 'conversationId'>,
  { conversationId, contactId }: KnownPlace,
  { entry, shown }: PlainEntry,
  at: Date,
): Arrived {
  const { sentAt, caughtUp } = entry.envelope;
  const { kind, text } = shown;
  const message = Message.observed(
    { ...device, conversationId },
    {
      direction: 'INBOUND',
      status: 'RECEIVED',
      kind,
      text,
      whatsappId: entry.whatsappId,
      sender: null,
      recipient: null,
      sentAt,
      caughtUp,
      targetId: null,
      replyToId: null,
      quotedText: null,
      at,
    },
  );
  return { message, contactId };
}

function arrivalsOf(messages: readonly Message[]): Arrivals[] {
  const byConversation = new Map<string, Arrivals>();
  for (const { conversationId, sentAt, createdAt } of messages) {
    const sent = sentAt ?? createdAt;
    const { count, at } = byConversation.get(conversationId) ?? { count: 0, at: sent };
    byConversation.set(conversationId, { conversationId, count: count + 1, at: at > sent ? at : sent });
  }
  return [...byConversation.values()];
}
