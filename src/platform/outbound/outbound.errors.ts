import { defineErrors } from '../../kernel/errors.js';

export const outboundErrors = defineErrors({
  URL_NOT_ALLOWED: {
    kind: 'BAD_USER_INPUT',
    message: 'The URL is not allowed; use a public http or https address without credentials.',
  },
  MEDIA_UNREACHABLE: { kind: 'UPSTREAM_FAILED', message: 'The file could not be fetched from its URL.' },
  MEDIA_TOO_LARGE: { kind: 'BAD_USER_INPUT', message: 'The file is larger than WhatsApp takes.' },
  MEDIA_TYPE_UNSUPPORTED: {
    kind: 'BAD_USER_INPUT',
    message: 'The file is of a type that cannot be sent this way.',
  },
});
