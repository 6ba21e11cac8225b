import { LockMode } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { kernelErrors } from '../../../kernel/errors.js';
import { decodeIdCursor, pageSize, toPage } from '../../../kernel/page.js';
import type { Page, PageRequest } from '../../../kernel/page.js';
import {
  findFirstOfEach,
  isAfter,
  isEqual,
  isOneOf,
  type Condition,
} from '../../../platform/database/first-of-each.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { WebhookAttempt } from './attempt.entity.js';
import { WebhookDelivery } from './delivery.entity.js';
import type { DeliveryStatus } from './delivery.entity.js';

export interface DeliveryFilter {
  readonly endpointId?: string | null | undefined;
  readonly status?: readonly DeliveryStatus[] | null | undefined;
  readonly topics?: readonly string[] | null | undefined;
}

/** What a list of deliveries belongs to. */
export type DeliveryOwnerKey = 'subaccountId' | 'endpointId';

const OWNER_COLUMNS = {
  subaccountId: 'subaccount_id',
  endpointId: 'endpoint_id',
} as const satisfies Record<DeliveryOwnerKey, string>;

/** Locked until the transaction ends. Throws NOT_FOUND. */
export async function lockDelivery(tx: Transaction, id: string): Promise<WebhookDelivery> {
  const options = { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true } as const;
  const delivery = await tx.em.findOne(WebhookDelivery, { id }, options);
  if (delivery === null) throw kernelErrors.NOT_FOUND();
  return delivery;
}

export function findDeliveries(em: EntityManager, ids: readonly string[]): Promise<WebhookDelivery[]> {
  return em.find(WebhookDelivery, { id: { $in: [...ids] } });
}

/** A page for each owner, in their order, newest first. Two statements, however many owners. */
export async function listDeliveriesOfEach(
  em: EntityManager,
  { key, ids: ownerIds }: { readonly key: DeliveryOwnerKey; readonly ids: readonly string[] },
  request: PageRequest,
  filter: DeliveryFilter,
): Promise<Page<WebhookDelivery>[]> {
  const size = pageSize(request);
  const ids = await findFirstOfEach(em, {
    table: 'webhook_delivery',
    ownerColumn: OWNER_COLUMNS[key],
    ownerIds,
    conditions: conditionsOf(request, filter),
    newestBy: ['id'],
    limit: size + 1,
  });
  const rows = await em.find(WebhookDelivery, { id: { $in: ids } }, { orderBy: { id: 'desc' } });
  const byOwner = Map.groupBy(rows, (delivery) => delivery[key]);
  return ownerIds.map((id) => toPage(byOwner.get(id) ?? [], size, request, (delivery) => [delivery.id]));
}

function conditionsOf({ after }: PageRequest, { endpointId, status, topics }: DeliveryFilter): Condition[] {
  return [
    ...(after == null ? [] : [isAfter({ id: decodeIdCursor(after) })]),
    ...(endpointId == null ? [] : [isEqual('endpoint_id', endpointId)]),
    ...(status == null || status.length === 0 ? [] : [isOneOf('status', status)]),
    ...(topics == null || topics.length === 0 ? [] : [isOneOf('topic', topics)]),
  ];
}

/** In the order of their numbers. */
export function findAttempts(em: EntityManager, deliveryIds: readonly string[]): Promise<WebhookAttempt[]> {
  return em.find(
    WebhookAttempt,
    { deliveryId: { $in: [...deliveryIds] } },
    { orderBy: { deliveryId: 'asc', number: 'asc' } },
  );
}
