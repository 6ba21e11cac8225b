/**
 * Owns the audit log: who did what, told by the event log. Promises: everything that somebody did and that is not traffic is in it, once;
 * nothing in it is changed or taken out before its retention ends; whoever administers a subaccount reads that of the subaccount.
 */
export { AuditCollector } from './audit.collector.js';
export { AuditEntry } from './audit-entry.entity.js';
export { AuditReader } from './audit.reader.js';
export { AuditRetention } from './audit.retention.js';
export { AgencyAuditResolver, AuditEntryResolver, SubaccountAuditResolver } from './audit.resolver.js';
