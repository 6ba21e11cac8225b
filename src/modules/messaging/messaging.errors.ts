import { defineErrors } from '../../kernel/errors.js';

export const messagingErrors = defineErrors({
  MESSAGE_NOT_CANCELABLE: {
    kind: 'INVALID_STATE',
    message: 'Only a message that still waits can be canceled.',
  },
  MESSAGE_NOT_RETRYABLE: {
    kind: 'INVALID_STATE',
    message:
      'Only an outbound message that ended without reaching WhatsApp, or that WhatsApp refused, can be sent anew.',
  },
  MESSAGE_NOT_SENT: {
    kind: 'INVALID_STATE',
    message: 'WhatsApp does not have this message yet, or never will; cancel it while it waits.',
  },
  MESSAGE_DELETED: {
    kind: 'INVALID_STATE',
    message: 'This message was deleted for everybody.',
  },
  MESSAGE_NOT_OURS: {
    kind: 'INVALID_STATE',
    message: 'Only messages that we wrote can be edited or deleted for everybody.',
  },
  MESSAGE_KIND_UNSUITABLE: {
    kind: 'INVALID_STATE',
    message: 'This cannot be done to a message of this kind.',
  },
  EDIT_WINDOW_CLOSED: {
    kind: 'INVALID_STATE',
    message: 'WhatsApp lets a message be edited for 15 minutes after it was sent.',
  },
  DELETION_WINDOW_CLOSED: {
    kind: 'INVALID_STATE',
    message: 'WhatsApp lets a message be deleted for everybody for 60 hours after it was sent.',
  },
  CONVERSATION_RECEIVE_ONLY: {
    kind: 'INVALID_STATE',
    message: 'Nothing can be sent to a group.',
  },
  SHORTCUT_TAKEN: {
    kind: 'CONFLICT',
    message: 'Another canned reply of the subaccount has this shortcut.',
  },
  CANNED_REPLY_LIMIT_EXCEEDED: {
    kind: 'INVALID_STATE',
    message: 'A subaccount has at most 1000 canned replies; delete some first.',
  },
  MEDIA_LINK_INVALID: {
    kind: 'FORBIDDEN',
    message: 'The link was not made by this server, or was changed; read the media of the message again.',
  },
  MEDIA_LINK_EXPIRED: {
    kind: 'NOT_FOUND',
    httpStatus: 410,
    message: 'The link has expired; read the media of the message again for a new one.',
  },
  RECIPIENT_BLOCKED: {
    kind: 'INVALID_STATE',
    message: 'This contact is blocked: nothing is sent to it until somebody unblocks it.',
  },
  RECIPIENT_OPTED_OUT: {
    kind: 'INVALID_STATE',
    message: 'This person asked for no such messages; only what somebody writes to them by hand is sent.',
  },
  CONTACT_WITHOUT_ADDRESS: {
    kind: 'INVALID_STATE',
    message: 'Neither the number of this contact is known, nor what WhatsApp calls the person instead.',
  },
  DEVICE_OFFLINE: {
    kind: 'UNAVAILABLE',
    message: 'The device is not connected; try again, or let the message wait with whenOffline: QUEUE.',
  },
  NO_DEVICE_CONNECTED: {
    kind: 'UNAVAILABLE',
    message:
      'No device of the subaccount is connected; try again, or let the message wait with whenOffline: QUEUE.',
  },
  NO_DEVICE_PAIRED: {
    kind: 'INVALID_STATE',
    message: 'No device of the subaccount can send; pair a WhatsApp number with one, or resume one.',
  },
  DEVICE_BANNED: {
    kind: 'INVALID_STATE',
    message: 'WhatsApp banned the number of this device; nothing can be sent with it.',
  },
  DEVICE_REJECTED: {
    kind: 'INVALID_STATE',
    message: 'The number that was paired with this device was refused; pair another one first.',
  },
});

/** Why a message ended unsent, and whether the same message may well succeed later. */
export const FAILURE_CODES = {
  ATTEMPTS_EXHAUSTED: { retryable: true },
  SERVER_REJECTED: { retryable: false },
  ACCOUNT_RESTRICTED: { retryable: true },
  RECIPIENT_NOT_ON_WHATSAPP: { retryable: false },
  /** Since it was accepted. */
  RECIPIENT_BLOCKED: { retryable: false },
  /** Since it was accepted; only of what a rule wrote. */
  RECIPIENT_OPTED_OUT: { retryable: false },
  DEVICE_BANNED: { retryable: false },
  DEVICE_DELETED: { retryable: false },
  MEDIA_FETCH_FAILED: { retryable: true },
  MEDIA_UPLOAD_FAILED: { retryable: true },
  CONTENT_UNUSABLE: { retryable: false },
  POISON_PAYLOAD: { retryable: false },
  EXPIRED: { retryable: true },
  CANCELED: { retryable: true },
} as const satisfies Record<string, { retryable: boolean }>;

export type FailureCode = keyof typeof FAILURE_CODES;
