import { agencyEntity, p } from '../../platform/database/tenant-entity.js';
import type { Membership } from './membership.entity.js';

const MembershipSubaccountSchema = agencyEntity({
  name: 'MembershipSubaccount',
  tableName: 'membership_subaccount',
  properties: {
    membershipId: p.uuid().primary(),
    subaccountId: p.uuid().primary(),
  },
});

/** One subaccount that a member with a role below the agency's may see. */
export class MembershipSubaccount extends MembershipSubaccountSchema.class {
  static create(membership: Membership, subaccountId: string): MembershipSubaccount {
    const link = new MembershipSubaccount();
    link.agencyId = membership.agencyId;
    link.membershipId = membership.id;
    link.subaccountId = subaccountId;
    return link;
  }
}

MembershipSubaccountSchema.setClass(MembershipSubaccount);
