import type { EntityManager } from '@mikro-orm/postgresql';
import { AGENCY_WIDE_ROLES, DEVICE_TOKEN_ACTIONS, ROLE_ACTIONS } from '../../kernel/access.js';
import type { Role } from '../../kernel/access.js';
import { actionsOfAll, Context } from '../../kernel/context.js';
import type { Scope } from '../../kernel/context.js';
import type { TokenFacts } from '../../platform/database/cross-tenant-functions.js';
import type { Database } from '../../platform/database/database.js';
import { ApiKey } from './api-key.entity.js';
import { Membership } from './membership.entity.js';
import type { TokenGrant } from './token-cache.js';
import { findSubaccountRoles } from './user.queries.js';

/** What a token that was found allows today; null when what it stands for is gone. Reads only inside the agency of the token. */
export async function readGrant(database: Database, token: TokenFacts): Promise<TokenGrant | null> {
  switch (token.kind) {
    case 'session':
      return token.userId === null ? null : readSessionGrant(database, token, token.userId);
    case 'api_key':
      return readApiKeyGrant(database, token);
    case 'device_token':
      return deviceTokenGrant(token);
  }
}

async function readSessionGrant(
  database: Database,
  token: TokenFacts,
  userId: string,
): Promise<TokenGrant | null> {
  return database.read(readerOf(token), async (em) => {
    const membership = await em.findOne(Membership, { userId });
    if (membership === null) return null;
    return {
      tokenId: token.id,
      actor: { kind: 'user', userId, sessionId: token.id },
      ...(await readRights(em, membership)),
      expiresAt: token.expiresAt,
    };
  });
}

async function readRights(
  em: EntityManager,
  { agencyId, userId, role }: Membership,
): Promise<Pick<TokenGrant, 'scope' | 'actions' | 'roles'>> {
  if (AGENCY_WIDE_ROLES.has(role)) {
    return { scope: { agencyId, subaccountIds: 'all' }, actions: ROLE_ACTIONS[role], roles: null };
  }
  const roles = (await findSubaccountRoles(em, [userId])).get(userId) ?? new Map<string, Role>();
  const scope = { agencyId, subaccountIds: [...roles.keys()] };
  const [only = role, ...others] = new Set(roles.values());
  if (others.length === 0) return { scope, actions: ROLE_ACTIONS[only], roles: null };
  return { scope, actions: actionsOfAll([only, ...others]), roles };
}

async function readApiKeyGrant(database: Database, token: TokenFacts): Promise<TokenGrant | null> {
  return database.read(readerOf(token), async (em) => {
    const apiKey = await em.findOne(ApiKey, { id: token.id });
    if (apiKey === null) return null;
    return {
      tokenId: token.id,
      actor: { kind: 'api_key', apiKeyId: token.id },
      scope: scopeOf(token),
      actions: apiKey.actions,
      roles: null,
      expiresAt: token.expiresAt,
    };
  });
}

function deviceTokenGrant(token: TokenFacts): TokenGrant | null {
  const { deviceId } = token;
  if (deviceId === null) return null;
  return {
    tokenId: token.id,
    actor: { kind: 'device_token', tokenId: token.id, deviceId },
    scope: { ...scopeOf(token), deviceId },
    actions: DEVICE_TOKEN_ACTIONS,
    roles: null,
    expiresAt: token.expiresAt,
  };
}

function scopeOf({ agencyId, subaccountId }: TokenFacts): Scope {
  return { agencyId, subaccountIds: subaccountId === null ? 'all' : [subaccountId] };
}

/** Not yet anybody: sees the rows around the token in order to find out who it is. */
function readerOf(token: TokenFacts): Context {
  return Context.forRequest({
    requestId: `token:${token.id}`,
    actor: { kind: 'anonymous' },
    scope: scopeOf(token),
    actions: new Set(),
  });
}
