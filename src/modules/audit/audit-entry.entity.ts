import type { EventActor, EventTopic } from '../../kernel/events.js';
import { p, tenantEntity } from '../../platform/database/tenant-entity.js';

const AuditEntrySchema = tenantEntity({
  name: 'AuditEntry',
  tableName: 'audit_entry',
  properties: {
    /** null: of the agency itself. */
    subaccountId: p.uuid().nullable(),
    eventId: p.uuid(),
    action: p.text().$type<EventTopic>(),
    actor: p.json<EventActor>().nullable(),
    actorId: p.uuid().nullable(),
    ipAddress: p.text().nullable(),
    targetType: p.text().nullable(),
    targetId: p.uuid().nullable(),
    facts: p.json<Readonly<Record<string, unknown>>>(),
  },
});

/** One thing that somebody did. Its id is the time when it happened. */
export class AuditEntry extends AuditEntrySchema.class {}

AuditEntrySchema.setClass(AuditEntry);
