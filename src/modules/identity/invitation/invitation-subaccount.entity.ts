import { agencyEntity, p } from '../../../platform/database/tenant-entity.js';
import type { Invitation } from './invitation.entity.js';

const InvitationSubaccountSchema = agencyEntity({
  name: 'InvitationSubaccount',
  tableName: 'invitation_subaccount',
  properties: {
    invitationId: p.uuid().primary(),
    subaccountId: p.uuid().primary(),
  },
});

/** One subaccount that whoever accepts will see. */
export class InvitationSubaccount extends InvitationSubaccountSchema.class {
  static create({ id: invitationId, agencyId }: Invitation, subaccountId: string): InvitationSubaccount {
    return Object.assign(new InvitationSubaccount(), { invitationId, agencyId, subaccountId });
  }
}

InvitationSubaccountSchema.setClass(InvitationSubaccount);
