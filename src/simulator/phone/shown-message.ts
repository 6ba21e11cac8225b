import { proto } from '@whiskeysockets/baileys';
import { textOf } from './message-content.js';
import type { ReceivedMessage } from './received-message.js';

/** A message as the person sees it after all that was done to it. */
export interface ShownMessage {
  readonly text: string;
  readonly edited: boolean;
  readonly deleted: boolean;
  /** The last of each person who reacted. */
  readonly reactions: readonly { readonly from: string; readonly emoji: string }[];
  readonly quote: { readonly id: string; readonly text: string; readonly author: string } | null;
}

const { MESSAGE_EDIT, REVOKE } = proto.Message.ProtocolMessage.Type;

/** `author`: number of who wrote the message. What others claim about messages of somebody else is not shown. */
export function showMessage(
  message: { readonly id: string; readonly author: string; readonly proto: proto.IMessage },
  received: readonly ReceivedMessage[],
): ShownMessage {
  const { id, author } = message;
  let text = textOf(message.proto);
  let edited = false;
  let deleted = false;
  const reactions = new Map<string, string>();
  for (const { from, proto: content } of received) {
    const inner = content.editedMessage?.message ?? content;
    const { reactionMessage: reaction, protocolMessage: change } = inner;
    const isOwn = from === author;
    if (reaction?.key?.id === id && reaction.key.fromMe === isOwn) {
      reactions.delete(from);
      if (reaction.text) reactions.set(from, reaction.text);
    }
    if (!isOwn || change?.key?.id !== id || change.key.fromMe !== true) continue;
    if (change.type === REVOKE) deleted = true;
    if (change.type === MESSAGE_EDIT && change.editedMessage) {
      edited = true;
      text = textOf(change.editedMessage);
    }
  }
  return {
    text: deleted ? '' : text,
    edited,
    deleted,
    reactions: [...reactions].map(([from, emoji]) => ({ from, emoji })),
    quote: quoteOf(message.proto),
  };
}

function quoteOf(content: proto.IMessage): ShownMessage['quote'] {
  const context =
    content.extendedTextMessage?.contextInfo ??
    content.imageMessage?.contextInfo ??
    content.documentMessage?.contextInfo;
  if (!context?.stanzaId) return null;
  const text = textOf(context.quotedMessage ?? {});
  return { id: context.stanzaId, text, author: context.participant ?? '' };
}
