import { p, tenantEntity } from '../../../platform/database/tenant-entity.js';
import type { Team } from './team.entity.js';

const TeamMemberSchema = tenantEntity({
  name: 'TeamMember',
  tableName: 'team_member',
  properties: {
    teamId: p.uuid().primary(),
    userId: p.uuid().primary(),
    addedAt: p.datetime(),
  },
});

/** That a user is in a team; a user may be in several. */
export class TeamMember extends TeamMemberSchema.class {
  static create({ id: teamId, agencyId, subaccountId }: Team, userId: string, at: Date): TeamMember {
    return Object.assign(new TeamMember(), { teamId, agencyId, subaccountId, userId, addedAt: at });
  }
}

TeamMemberSchema.setClass(TeamMember);
