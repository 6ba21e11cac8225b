import { LockMode } from '@mikro-orm/core';
import type { FilterQuery } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { kernelErrors } from '../../../kernel/errors.js';
import { decodeIdCursor, pageSize, toPage } from '../../../kernel/page.js';
import type { Page, PageRequest } from '../../../kernel/page.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { WebhookEndpoint } from './endpoint.entity.js';
import type { EndpointStatus } from './endpoint.entity.js';

export interface EndpointFilter {
  readonly status?: EndpointStatus | null | undefined;
  readonly deviceId?: string | null | undefined;
}

/** Throws NOT_FOUND. */
export async function getEndpoint(em: EntityManager, id: string): Promise<WebhookEndpoint> {
  const endpoint = await em.findOne(WebhookEndpoint, { id, deletedAt: null });
  if (endpoint === null) throw kernelErrors.NOT_FOUND();
  return endpoint;
}

/** As {@link getEndpoint}, locked until the transaction ends. */
export async function lockEndpoint(tx: Pick<Transaction, 'em'>, id: string): Promise<WebhookEndpoint> {
  const where = { id, deletedAt: null };
  const endpoint = await tx.em.findOne(WebhookEndpoint, where, {
    lockMode: LockMode.PESSIMISTIC_WRITE,
    refresh: true,
  });
  if (endpoint === null) throw kernelErrors.NOT_FOUND();
  return endpoint;
}

export function findEndpoints(em: EntityManager, ids: readonly string[]): Promise<WebhookEndpoint[]> {
  return em.find(WebhookEndpoint, { id: { $in: [...ids] }, deletedAt: null });
}

/** The webhooks that devices themselves have. */
export function findDeviceWebhooks(
  em: EntityManager,
  deviceIds: readonly string[],
): Promise<WebhookEndpoint[]> {
  return em.find(WebhookEndpoint, { kind: 'DEVICE', deviceId: { $in: [...deviceIds] }, deletedAt: null });
}

/** The endpoints of a subaccount, oldest first. */
export async function listEndpoints(
  em: EntityManager,
  subaccountId: string,
  request: PageRequest,
  filter: EndpointFilter,
): Promise<Page<WebhookEndpoint>> {
  const size = pageSize(request);
  const conditions: FilterQuery<WebhookEndpoint>[] = [{ subaccountId, deletedAt: null }];
  if (request.after != null) conditions.push({ id: { $gt: decodeIdCursor(request.after) } });
  if (filter.status != null) conditions.push({ status: filter.status });
  if (filter.deviceId != null) conditions.push({ deviceId: filter.deviceId });
  const where = { $and: conditions };
  const rows = await em.find(WebhookEndpoint, where, { orderBy: { id: 'asc' }, limit: size + 1 });
  return toPage(rows, size, request, (endpoint) => [endpoint.id]);
}
