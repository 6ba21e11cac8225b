/** FREE: the month's allowance of the package. PRO: what vouchers gave. */
export const QUOTA_POOLS = ['FREE', 'PRO'] as const;
export type QuotaPool = (typeof QUOTA_POOLS)[number];

/** What an accepted message was taken from; UNLIMITED: the package counts nothing. */
export const CHARGED_POOLS = [...QUOTA_POOLS, 'UNLIMITED'] as const;
export type ChargedPool = (typeof CHARGED_POOLS)[number];
