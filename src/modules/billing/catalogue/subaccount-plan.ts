import type { EntityManager } from '@mikro-orm/postgresql';
import type { Transaction } from '../../../platform/database/transaction.js';
import { getSubaccount } from '../../tenancy/index.js';
import { billingErrors } from '../billing.errors.js';
import type { Plan } from './plan.entity.js';
import type { PlanFeature } from './plan.features.js';
import { getPlan } from './plan.queries.js';

/** Throws NOT_FOUND for a subaccount that cannot be seen. */
export async function getPlanOf(em: EntityManager, subaccountId: string): Promise<Plan> {
  const { planId } = await getSubaccount(em, subaccountId);
  return getPlan(em, planId);
}

/** Throws PLAN_FEATURE_MISSING. */
export async function requirePlanFeature(
  em: EntityManager,
  subaccountId: string,
  feature: PlanFeature,
): Promise<void> {
  const plan = await getPlanOf(em, subaccountId);
  if (plan.features.includes(feature)) return;
  throw billingErrors.PLAN_FEATURE_MISSING({ data: { feature, plan: plan.code } });
}

/**
 * Throws DEVICE_LIMIT_EXCEEDED when one device more is too many. Where there is a limit, the subaccount stays locked until the
 * transaction ends: of two creates at the limit one wins. `countDevices` is asked under the lock.
 */
export async function assertRoomForDevice(
  tx: Transaction,
  subaccountId: string,
  countDevices: () => Promise<number>,
): Promise<void> {
  if ((await getPlanOf(tx.em, subaccountId)).maxDevices === null) return;
  const [locked] = await tx.em.execute<{ planId: string }[]>(
    'select plan_id as "planId" from subaccount where id = ? for no key update',
    [subaccountId],
  );
  const plan = await getPlan(tx.em, locked?.planId ?? '');
  const { maxDevices: limit, code, name } = plan;
  if (limit == null || (await countDevices()) < limit) return;
  throw billingErrors.DEVICE_LIMIT_EXCEEDED({ data: { limit, plan: code, planName: name } });
}
