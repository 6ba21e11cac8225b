import { defineErrors } from '../../kernel/errors.js';

export const wagyErrors = defineErrors({
  MESSAGE_NOT_FOUND: { kind: 'NOT_FOUND', message: 'Message not found' },
  MESSAGE_NOT_EXPIRED: { kind: 'INVALID_STATE', message: 'Only an EXPIRED message can be resent' },
});
