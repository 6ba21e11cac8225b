import type { Message } from '../message/message.entity.js';

/** A message that the drain of a device has in hand. */
export interface ClaimedMessage {
  readonly message: Message;
  /** Number of the try, from 1. */
  readonly attempt: number;
  /** The recipient never wrote to this number. */
  readonly stranger: boolean;
  /** And this number never wrote to the recipient. */
  readonly firstContact: boolean;
}
