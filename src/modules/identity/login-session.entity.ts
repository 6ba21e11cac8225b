import { newId } from '../../kernel/ids.js';
import { agencyEntity, p } from '../../platform/database/tenant-entity.js';
import type { User } from './user.entity.js';

/** Fixed, not sliding: a stolen session ends on its own, and no request has to move an expiry. */
const LIFETIME_MS = 30 * 24 * 60 * 60 * 1000;

const LoginSessionSchema = agencyEntity({
  name: 'LoginSession',
  tableName: 'login_session',
  properties: {
    userId: p.uuid(),
    tokenHash: p.blob(),
    createdAt: p.datetime(),
    expiresAt: p.datetime(),
    lastUsedAt: p.datetime().nullable(),
    revokedAt: p.datetime().nullable(),
  },
});

/** A login of a user, from its password to its log-out or 30 days later. */
export class LoginSession extends LoginSessionSchema.class {
  static create(user: Pick<User, 'id' | 'agencyId'>, tokenHash: Buffer, at: Date): LoginSession {
    const session = new LoginSession();
    session.id = newId();
    session.agencyId = user.agencyId;
    session.userId = user.id;
    session.tokenHash = tokenHash;
    session.createdAt = at;
    session.expiresAt = new Date(at.getTime() + LIFETIME_MS);
    session.lastUsedAt = null;
    session.revokedAt = null;
    return session;
  }

  revoke(at: Date): void {
    this.revokedAt ??= at;
  }
}

LoginSessionSchema.setClass(LoginSession);
