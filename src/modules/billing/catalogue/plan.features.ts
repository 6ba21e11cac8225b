/** What a plan can allow to a subaccount beside devices. */
export const PLAN_FEATURES = ['WEBHOOKS', 'PIPELINES', 'BULK_SENDING'] as const;
export type PlanFeature = (typeof PLAN_FEATURES)[number];
