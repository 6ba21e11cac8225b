import { p, tenantEntity } from '../../../platform/database/tenant-entity.js';
import type { AssignmentRule } from '../assignment/assignment.rule.js';
import type { WorkingHours } from './working-hours.js';

const InboxSettingsSchema = tenantEntity({
  name: 'InboxSettings',
  tableName: 'inbox_settings',
  properties: {
    subaccountId: p.uuid().primary(),
    workingHours: p.json().$type<readonly WorkingHours[]>(),
    closedOn: p.json().$type<readonly string[]>(),
    awayMessage: p.text().nullable(),
    assignmentRules: p.json().$type<readonly AssignmentRule[]>(),
    version: p.integer(),
    updatedAt: p.datetime(),
  },
});

export type InboxChoices = Pick<
  InboxSettings,
  'workingHours' | 'closedOn' | 'awayMessage' | 'assignmentRules'
>;

/** How a subaccount works on its conversations. One without a row never chose anything. */
export class InboxSettings extends InboxSettingsSchema.class {
  static unchosen(subaccountId: string): InboxSettings {
    const nothing = { workingHours: [], closedOn: [], awayMessage: null, assignmentRules: [], version: 0 };
    return Object.assign(new InboxSettings(), { subaccountId, ...nothing });
  }
}

InboxSettingsSchema.setClass(InboxSettings);
