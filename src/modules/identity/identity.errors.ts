import { defineErrors } from '../../kernel/errors.js';

export const identityErrors = defineErrors({
  LOGIN_FAILED: { kind: 'UNAUTHENTICATED', message: 'The e-mail address or the password is wrong.' },
  SIGN_UP_CLOSED: { kind: 'FORBIDDEN', message: 'Nobody can sign up here; ask for an account.' },
  NO_SESSION: { kind: 'INVALID_STATE', message: 'Only a login session can log out; keys are revoked.' },
  EMAIL_TAKEN: { kind: 'CONFLICT', message: 'The agency already has a user with this e-mail address.' },
  TEAM_NAME_TAKEN: { kind: 'CONFLICT', message: 'The subaccount already has a team of this name.' },
  TEAM_LIMIT_EXCEEDED: { kind: 'INVALID_STATE', message: 'The subaccount has as many teams as it may have.' },
  LAST_OWNER: { kind: 'INVALID_STATE', message: 'An agency keeps at least one owner; make another first.' },
  NO_USER: { kind: 'INVALID_STATE', message: 'Only users have a password; log in as one.' },
  PASSWORD_WRONG: { kind: 'BAD_USER_INPUT', message: 'That is not the password.' },
  INVITATION_PENDING: {
    kind: 'CONFLICT',
    message: 'This address is invited already; resend that invitation, or revoke it first.',
  },
  INVITATION_CLOSED: { kind: 'INVALID_STATE', message: 'This invitation was accepted or revoked.' },
  INVITATION_INVALID: {
    kind: 'NOT_FOUND',
    message: 'This invitation does not exist, has ended or was used; ask for another.',
  },
  ROLE_NOT_ALLOWED: { kind: 'FORBIDDEN', message: 'Nobody gives a role above their own.' },
  SCOPE_NOT_ALLOWED: {
    kind: 'FORBIDDEN',
    message: 'Nobody gives a key more than they may do themselves.',
  },
});
