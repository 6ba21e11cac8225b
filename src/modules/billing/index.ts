/**
 * Owns what a subaccount and a device may have: plans, packages, the quota ledger and the vouchers that fill it.
 * Promises: two creates at the limit, one wins; a message is charged once and given back at most once, only when it never left; the sum of
 * the ledger is the balance, always; a voucher lapses and a month begins by time, not by a job.
 */
export { billingErrors } from './billing.errors.js';
export { Package } from './catalogue/package.entity.js';
export { PackageResolver } from './catalogue/package.resolver.js';
export { PackageService } from './catalogue/package.service.js';
export { PackageType } from './catalogue/package.types.js';
export { Plan } from './catalogue/plan.entity.js';
export type { PlanFeature } from './catalogue/plan.features.js';
export { PlanResolver } from './catalogue/plan.resolver.js';
export { PlanService } from './catalogue/plan.service.js';
export { assertRoomForDevice, requirePlanFeature } from './catalogue/subaccount-plan.js';
export { commitCharge, isMetered, refundCharge, reserveQuota } from './quota/quota-ledger.js';
export type { Charge, ChargedMessage, MeteredDevice } from './quota/quota-ledger.js';
export { QuotaGrant } from './quota/quota-grant.entity.js';
export type { ChargedPool, QuotaPool } from './quota/quota-pool.js';
export { DeviceQuotaType, MessageQuotaType, VoucherQuotaType } from './quota/quota.types.js';
export { findDeviceFeatures, QuotaReader } from './quota/quota.reader.js';
export type { DeviceFeatures, DeviceQuota, PackagedDevice } from './quota/quota.reader.js';
export { UsageCounter } from './usage/usage.counter.js';
export { UsageDay } from './usage/usage-day.entity.js';
export { UsageExport } from './usage/usage.export.js';
export { UsageReader } from './usage/usage.reader.js';
export { AgencyUsageResolver, SubaccountUsageResolver, UsageDayResolver } from './usage/usage.resolver.js';
export { UsageDayType } from './usage/usage.types.js';
export { Voucher } from './voucher/voucher.entity.js';
export { VoucherResolver } from './voucher/voucher.resolver.js';
export { VoucherService } from './voucher/voucher.service.js';
export type { RedeemingDevice } from './voucher/voucher.service.js';
