import { defineErrors } from '../../kernel/errors.js';

export const contactErrors = defineErrors({
  CONTACT_IN_USE: {
    kind: 'INVALID_STATE',
    message: 'There are conversations or deals with this contact; block it, or merge it into another one.',
  },
  CONTACT_FIELD_EXISTS: {
    kind: 'CONFLICT',
    message: 'The subaccount has a contact field with this key already.',
  },
  TOO_MANY_CONTACT_FIELDS: {
    kind: 'INVALID_STATE',
    message: 'A subaccount can have 100 contact fields; delete one first.',
  },
  BULK_LINK_EXPIRED: {
    kind: 'NOT_FOUND',
    httpStatus: 410,
    message: 'The link has expired; ask for a new one.',
  },
  BULK_FILE_RECEIVED: {
    kind: 'INVALID_STATE',
    message: 'This operation has its file already, or is over; create another one.',
  },
  FILE_TOO_LARGE: {
    kind: 'BAD_USER_INPUT',
    httpStatus: 413,
    message: 'The file is larger than 64 MiB; split it.',
  },
  NOTE_OF_SOMEBODY_ELSE: {
    kind: 'FORBIDDEN',
    message: 'Only who wrote a note changes it, and others delete it who may delete contacts.',
  },
});
