import { defineErrors } from '../../kernel/errors.js';

export const automationErrors = defineErrors({
  AUTOMATION_LIMIT_EXCEEDED: {
    kind: 'INVALID_STATE',
    message: 'The subaccount has as many automations as it may have; delete one first.',
  },
});
