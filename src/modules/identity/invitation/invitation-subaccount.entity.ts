import type { Role } from '../../../kernel/access.js';
import { agencyEntity, p } from '../../../platform/database/tenant-entity.js';
import type { Invitation } from './invitation.entity.js';

const InvitationSubaccountSchema = agencyEntity({
  name: 'InvitationSubaccount',
  tableName: 'invitation_subaccount',
  properties: {
    invitationId: p.uuid().primary(),
    subaccountId: p.uuid().primary(),
    role: p.text().$type<Role>(),
  },
});

/** One subaccount that whoever accepts will see, and what they will be there. */
export class InvitationSubaccount extends InvitationSubaccountSchema.class {
  static create(
    { id: invitationId, agencyId }: Invitation,
    subaccountId: string,
    role: Role,
  ): InvitationSubaccount {
    return Object.assign(new InvitationSubaccount(), { invitationId, agencyId, subaccountId, role });
  }
}

InvitationSubaccountSchema.setClass(InvitationSubaccount);
