import type { Role } from '../../kernel/access.js';
import type { NewEvent } from '../../kernel/events.js';
import type { ApiKey } from './api-key.entity.js';
import type { Invitation } from './invitation/invitation.entity.js';
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

/** `changed` names the fields. What is different in a subaccount is told in its own stream. */
export function userUpdated(
  user: User,
  membership: Membership,
  facts: { readonly changed: readonly string[]; readonly previousRole: Role },
): NewEvent {
  return {
    topic: 'user.updated',
    subaccountId: null,
    payload: { userId: user.id, role: membership.role, ...facts },
  };
}

export function userRemoved(user: User, membership: Membership): NewEvent {
  return { topic: 'user.removed', subaccountId: null, payload: { userId: user.id, role: membership.role } };
}

export function userPasswordChanged(user: User): NewEvent {
  return { topic: 'user.password_changed', subaccountId: null, payload: { userId: user.id } };
}

/** In the stream of the subaccount: somebody works there from now on. */
export function memberAdded(userId: string, subaccountId: string, role: Role): NewEvent {
  return { topic: 'member.added', subaccountId, payload: { userId, subaccountId, role } };
}

/** In the stream of the subaccount: somebody has another role there. */
export function memberUpdated(
  userId: string,
  subaccountId: string,
  { role, previousRole }: { readonly role: Role; readonly previousRole: Role },
): NewEvent {
  return { topic: 'member.updated', subaccountId, payload: { userId, subaccountId, role, previousRole } };
}

/** In the stream of the subaccount: somebody does not work there any more. */
export function memberRemoved(userId: string, subaccountId: string): NewEvent {
  return { topic: 'member.removed', subaccountId, payload: { userId, subaccountId } };
}

export function invitationChanged(
  topic: 'invitation.created' | 'invitation.resent' | 'invitation.revoked' | 'invitation.accepted',
  { id, email, role, userId }: Invitation,
): NewEvent {
  return {
    topic,
    subaccountId: null,
    payload: { invitationId: id, email, role, ...(userId !== null && { userId }) },
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
