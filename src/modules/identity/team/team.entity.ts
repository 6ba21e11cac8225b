import { newId } from '../../../kernel/ids.js';
import { p, tenantEntity } from '../../../platform/database/tenant-entity.js';

const TeamSchema = tenantEntity({
  name: 'Team',
  tableName: 'team',
  properties: { name: p.text(), createdAt: p.datetime(), updatedAt: p.datetime() },
});

/** People of a subaccount who share work, such as sales or support. */
export class Team extends TeamSchema.class {
  static create(facts: Pick<Team, 'agencyId' | 'subaccountId' | 'name'>, at: Date): Team {
    return Object.assign(new Team(), facts, { id: newId(), createdAt: at, updatedAt: at });
  }
}

TeamSchema.setClass(Team);
