import { proto } from '@whiskeysockets/baileys';

/** The words of a message: text, or the caption of a medium. */
export function textOf(message: proto.IMessage): string {
  const inner = message.ephemeralMessage?.message ?? message.viewOnceMessage?.message ?? message;
  return (
    inner.conversation ??
    inner.extendedTextMessage?.text ??
    inner.imageMessage?.caption ??
    inner.videoMessage?.caption ??
    inner.documentMessage?.caption ??
    ''
  );
}

export function textContent(text: string): proto.IMessage {
  return { conversation: text };
}

/** Names a message of somebody, as reactions, edits and deletions point to it. */
export interface MessageReference {
  readonly id: string;
  /** JID of the chat as the recipient knows it. */
  readonly chatJid: string;
  /** Sent by the one who sends the reaction. */
  readonly fromMe: boolean;
}

function keyOf({ id, chatJid, fromMe }: MessageReference): proto.IMessageKey {
  return { id, remoteJid: chatJid, fromMe };
}

/** Answers `quoted`, of which the author's JID is as the recipient knows it. */
export function replyContent(
  quoted: { readonly id: string; readonly authorJid: string; readonly text: string },
  text: string,
): proto.IMessage {
  const { id: stanzaId, authorJid: participant } = quoted;
  const contextInfo = { stanzaId, participant, quotedMessage: textContent(quoted.text) };
  return { extendedTextMessage: { text, contextInfo } };
}

/** An empty emoji takes the reaction back. */
export function reactionContent(to: MessageReference, emoji: string): proto.IMessage {
  return { reactionMessage: { key: keyOf(to), text: emoji, senderTimestampMs: Date.now() } };
}

export function editContent(of: MessageReference, text: string): proto.IMessage {
  const { MESSAGE_EDIT } = proto.Message.ProtocolMessage.Type;
  const editedMessage = textContent(text);
  return {
    editedMessage: {
      message: {
        protocolMessage: { key: keyOf(of), type: MESSAGE_EDIT, editedMessage, timestampMs: Date.now() },
      },
    },
  };
}

export function deletionContent(of: MessageReference): proto.IMessage {
  return { protocolMessage: { key: keyOf(of), type: proto.Message.ProtocolMessage.Type.REVOKE } };
}

export function locationContent(latitude: number, longitude: number, name: string): proto.IMessage {
  return { locationMessage: { degreesLatitude: latitude, degreesLongitude: longitude, name } };
}

export function contactContent(displayName: string, number: string): proto.IMessage {
  const vcard = `BEGIN:VCARD\nVERSION:3.0\nFN:${displayName}\nTEL;waid=${number}:+${number}\nEND:VCARD`;
  return { contactMessage: { displayName, vcard } };
}

export function pollContent(question: string, options: readonly string[], secret: Buffer): proto.IMessage {
  return {
    messageContextInfo: { messageSecret: secret },
    pollCreationMessageV3: {
      name: question,
      options: options.map((optionName) => ({ optionName })),
      selectableOptionsCount: 1,
    },
  };
}
