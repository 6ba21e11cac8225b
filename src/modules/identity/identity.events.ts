import type { NewEvent } from '../../kernel/events.js';
import type { ApiKey } from './api-key.entity.js';
import type { LoginSession } from './login-session.entity.js';
import type { Membership } from './membership.entity.js';
import type { User } from './user.entity.js';

/** Users and logins are the agency's business; a key is told in the stream of its owner. */

export function userCreated(user: User, membership: Membership): NewEvent {
  return {
    topic: 'user.created',
    subaccountId: null,
    payload: { userId: user.id, role: membership.role },
  };
}

export function userLoggedIn(session: LoginSession): NewEvent {
  return {
    topic: 'user.logged_in',
    subaccountId: null,
    payload: { userId: session.userId, sessionId: session.id },
  };
}

export function apiKeyCreated(key: ApiKey): NewEvent {
  return {
    topic: 'api_key.created',
    subaccountId: key.subaccountId ?? null,
    alsoAgency: true,
    payload: { apiKeyId: key.id, scopes: key.scopes },
  };
}

export function apiKeyRevoked(key: ApiKey): NewEvent {
  return {
    topic: 'api_key.revoked',
    subaccountId: key.subaccountId ?? null,
    alsoAgency: true,
    payload: { apiKeyId: key.id },
  };
}
