import { defineErrors } from '../kernel/errors.js';

/** What a session's own methods reject with; the outcome of a send is data, not an error. */
export const whatsappErrors = defineErrors({
  WHATSAPP_NOT_CONNECTED: {
    kind: 'UNAVAILABLE',
    message: 'The number is not connected to WhatsApp at the moment; try again.',
  },
  WHATSAPP_UNANSWERED: {
    kind: 'UPSTREAM_FAILED',
    message: 'WhatsApp did not answer the request.',
  },
  WHATSAPP_UPLOAD_FAILED: {
    kind: 'UPSTREAM_FAILED',
    message: "The file could not be uploaded to WhatsApp's media server.",
  },
  WHATSAPP_DOWNLOAD_FAILED: {
    kind: 'UPSTREAM_FAILED',
    message: "The file could not be downloaded from WhatsApp's media server.",
  },
  WHATSAPP_MEDIA_GONE: {
    kind: 'NOT_FOUND',
    message: 'WhatsApp no longer has the file.',
  },
  WHATSAPP_MEDIA_TOO_LARGE: {
    kind: 'BAD_USER_INPUT',
    message: 'The file is larger than allowed.',
  },
  WHATSAPP_MEDIA_CORRUPT: {
    kind: 'UPSTREAM_FAILED',
    message: 'The downloaded file is not the one that was sent.',
  },
});
