import { newId } from '../../../kernel/ids.js';
import { p, tenantEntity } from '../../../platform/database/tenant-entity.js';

const WatchSchema = tenantEntity({
  name: 'AutomationWatch',
  tableName: 'automation_watch',
  properties: {
    automationId: p.uuid(),
    conversationId: p.uuid(),
    // The last thing that was written.
    eventId: p.uuid(),
    dueAt: p.datetime(),
  },
});

/** A rule waits for a conversation to stay silent until a time. */
export class AutomationWatch extends WatchSchema.class {
  static create(
    facts: Pick<
      AutomationWatch,
      'agencyId' | 'subaccountId' | 'automationId' | 'conversationId' | 'eventId' | 'dueAt'
    >,
  ): AutomationWatch {
    return Object.assign(new AutomationWatch(), facts, { id: newId() });
  }
}

WatchSchema.setClass(AutomationWatch);
