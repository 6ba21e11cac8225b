import { defineErrors } from '../../kernel/errors.js';

export const whatspieErrors = defineErrors({
  PACKAGE_UNKNOWN: { kind: 'BAD_USER_INPUT', message: 'There is no such package' },
  NUMBERED_DEVICE_NOT_FOUND: { kind: 'NOT_FOUND', message: 'There is no device with this ID' },
  NUMBERED_MESSAGE_NOT_FOUND: { kind: 'NOT_FOUND', message: 'There is no message with this ID' },
});
