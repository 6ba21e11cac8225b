import type { Role } from '../../kernel/access.js';
import { agencyEntity, p } from '../../platform/database/tenant-entity.js';
import type { Membership } from './membership.entity.js';

const MembershipSubaccountSchema = agencyEntity({
  name: 'MembershipSubaccount',
  tableName: 'membership_subaccount',
  properties: {
    membershipId: p.uuid().primary(),
    subaccountId: p.uuid().primary(),
    role: p.text().$type<Role>(),
  },
});

/** One subaccount that a member with a role below the agency's may see, and what the member is there. */
export class MembershipSubaccount extends MembershipSubaccountSchema.class {
  static create(membership: Membership, subaccountId: string, role: Role): MembershipSubaccount {
    const link = new MembershipSubaccount();
    link.agencyId = membership.agencyId;
    link.membershipId = membership.id;
    link.subaccountId = subaccountId;
    link.role = role;
    return link;
  }
}

MembershipSubaccountSchema.setClass(MembershipSubaccount);
