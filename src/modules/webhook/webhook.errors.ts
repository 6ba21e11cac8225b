import { defineErrors } from '../../kernel/errors.js';

export const webhookErrors = defineErrors({
  WEBHOOKS_NOT_INCLUDED: {
    kind: 'FORBIDDEN',
    message: "The device's package includes no webhooks; choose another package for it.",
  },
  WEBHOOK_CHALLENGE_FAILED: {
    kind: 'BAD_USER_INPUT',
    message:
      'The URL did not answer the challenge: GET ?challenge=… must be answered 200 with that text alone.',
  },
  WEBHOOK_DISABLED: { kind: 'INVALID_STATE', message: 'The endpoint is switched off; switch it on first.' },
  WEBHOOK_LIMIT_EXCEEDED: {
    kind: 'INVALID_STATE',
    message: 'The subaccount has as many webhook endpoints as it may have; delete one first.',
  },
});
