import { defineErrors } from '../../kernel/errors.js';

export const wapizErrors = defineErrors({
  ORIGIN_NOT_ALLOWED: {
    kind: 'FORBIDDEN',
    message: 'A page of another origin may not change anything with this cookie.',
  },
});
