import { newId } from '../../kernel/ids.js';
import { agencyEntity, p } from '../../platform/database/tenant-entity.js';

const UserSchema = agencyEntity({
  name: 'User',
  tableName: 'app_user',
  properties: {
    email: p.text(),
    passwordHash: p.text(),
    createdAt: p.datetime(),
    removedAt: p.datetime().nullable(),
  },
});

export interface NewUser {
  readonly agencyId: string;
  readonly email: string;
  readonly passwordHash: string;
  readonly at: Date;
}

/** A person of one agency. The same e-mail address may belong to users of several agencies. */
export class User extends UserSchema.class {
  static create(facts: NewUser): User {
    const user = new User();
    user.id = newId();
    user.agencyId = facts.agencyId;
    user.email = facts.email;
    user.passwordHash = facts.passwordHash;
    user.createdAt = facts.at;
    user.removedAt = null;
    return user;
  }

  /** Nobody logs in as this user any more. */
  remove(at: Date): void {
    this.removedAt = at;
    this.passwordHash = '';
  }
}

UserSchema.setClass(User);
