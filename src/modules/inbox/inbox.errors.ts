import { defineErrors } from '../../kernel/errors.js';

export const inboxErrors = defineErrors({
  VIEW_LIMIT_EXCEEDED: {
    kind: 'INVALID_STATE',
    message: 'There are as many views as there can be; delete one that is not needed.',
  },
});
