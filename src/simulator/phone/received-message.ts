import type { proto } from '@whiskeysockets/baileys';

/** A message as the person at the phone sees it. */
export interface ReceivedMessage {
  readonly id: string;
  /** Number of the sender; the own number for what a linked device of the account sent. */
  readonly from: string;
  /** Number of the chat, or the JID of a group. */
  readonly chat: string;
  /** Text or caption; empty for other kinds. */
  readonly text: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly proto: proto.IMessage;
  /** How many copies arrived under this id; a phone shows the first and drops the rest. */
  copies: number;
}
