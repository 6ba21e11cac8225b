/**
 * Owns agencies and their subaccounts, which are the tenants of everything else.
 * Promises: a subaccount belongs to one agency for ever, and whoever enters a tenant through TenantScopes was shown to belong there.
 */
export { Agency } from './agency.entity.js';
export { AgencyResolver } from './agency.resolver.js';
export { AgencyService } from './agency.service.js';
export { AgencyType } from './agency.types.js';
export { insertAgency } from './agency.writer.js';
export { Subaccount } from './subaccount.entity.js';
export { SubaccountResolver } from './subaccount.resolver.js';
export { getSubaccount, holdSubaccount, lockSubaccount } from './subaccount.queries.js';
export type { PlanChoice } from './subaccount.service.js';
export { SubaccountService } from './subaccount.service.js';
export { insertSubaccount } from './subaccount.writer.js';
export { SubaccountType } from './subaccount.types.js';
export { subaccountResumed, subaccountSuspended } from './tenancy.events.js';
export { TenantScopes } from './tenant-scopes.js';
