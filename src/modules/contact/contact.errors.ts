import { defineErrors } from '../../kernel/errors.js';

export const contactErrors = defineErrors({
  CONTACT_IN_USE: {
    kind: 'INVALID_STATE',
    message: 'There are conversations or deals with this contact; block it, or merge it into another one.',
  },
});
