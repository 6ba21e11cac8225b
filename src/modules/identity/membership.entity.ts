import type { Role } from '../../kernel/access.js';
import { newId } from '../../kernel/ids.js';
import { agencyEntity, p } from '../../platform/database/tenant-entity.js';
import type { User } from './user.entity.js';

const MembershipSchema = agencyEntity({
  name: 'Membership',
  tableName: 'membership',
  properties: {
    userId: p.uuid(),
    /** Of the whole agency; below that the strongest of those in its subaccounts. */
    role: p.text().$type<Role>(),
    createdAt: p.datetime(),
  },
});

/** What a user is in the agency. */
export class Membership extends MembershipSchema.class {
  static create(user: User, role: Role, at: Date): Membership {
    const membership = new Membership();
    membership.id = newId();
    membership.agencyId = user.agencyId;
    membership.userId = user.id;
    membership.role = role;
    membership.createdAt = at;
    return membership;
  }
}

MembershipSchema.setClass(Membership);
