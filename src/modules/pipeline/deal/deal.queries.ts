import { LockMode } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { kernelErrors } from '../../../kernel/errors.js';
import { decodeCursor, decodeIdCursor, pageSize, toPage } from '../../../kernel/page.js';
import type { Page, PageRequest } from '../../../kernel/page.js';
import {
  findFirstOfEach,
  isAfter,
  isBehind,
  isEqual,
  isListedIn,
  isOneOf,
  type Condition,
} from '../../../platform/database/first-of-each.js';
import type { StageKind } from '../stage.entity.js';
import { DealMove } from './deal-move.entity.js';
import { Deal } from './deal.entity.js';

export interface DealFilter {
  readonly pipelineId?: string | null | undefined;
  readonly stageId?: string | null | undefined;
  readonly ownerId?: string | null | undefined;
  readonly contactId?: string | null | undefined;
  readonly status?: readonly StageKind[] | null | undefined;
  readonly tag?: string | null | undefined;
}

/** What a list of deals belongs to. */
export type DealOwnerKey = 'subaccountId' | 'pipelineId' | 'contactId';

const OWNER_COLUMNS = {
  subaccountId: 'subaccount_id',
  pipelineId: 'pipeline_id',
  contactId: 'contact_id',
} as const satisfies Record<DealOwnerKey, string>;

/** Throws NOT_FOUND. */
export async function getDeal(em: EntityManager, id: string): Promise<Deal> {
  const deal = await em.findOne(Deal, { id });
  if (deal === null) throw kernelErrors.NOT_FOUND();
  return deal;
}

/** As {@link getDeal}, locked until the transaction ends. */
export async function lockDeal(em: EntityManager, id: string): Promise<Deal> {
  const deal = await em.findOne(Deal, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (deal === null) throw kernelErrors.NOT_FOUND();
  return deal;
}

export function findDeals(em: EntityManager, ids: readonly string[]): Promise<Deal[]> {
  return em.find(Deal, { id: { $in: [...ids] } });
}

/** The history of each of these deals, oldest first. */
export function listMoves(em: EntityManager, dealIds: readonly string[]): Promise<DealMove[]> {
  return em.find(DealMove, { dealId: { $in: [...dealIds] } }, { orderBy: { id: 'asc' } });
}

/** A page for each owner, in their order, newest first. Two statements, however many owners. */
export async function listDealsOfEach(
  em: EntityManager,
  { key, ids: ownerIds }: { readonly key: DealOwnerKey; readonly ids: readonly string[] },
  request: PageRequest,
  filter: DealFilter,
): Promise<Page<Deal>[]> {
  const size = pageSize(request);
  const place = request.after == null ? [] : [isAfter({ id: decodeIdCursor(request.after) })];
  const ids = await findFirstOfEach(em, {
    table: 'deal',
    ownerColumn: OWNER_COLUMNS[key],
    ownerIds,
    conditions: [...place, ...conditionsOf(filter)],
    newestBy: ['id'],
    limit: size + 1,
  });
  const deals = await em.find(Deal, { id: { $in: ids } }, { orderBy: { id: 'desc' } });
  const byOwner = Map.groupBy(deals, (deal) => deal[key]);
  return ownerIds.map((id) => toPage(byOwner.get(id) ?? [], size, request, (deal) => [deal.id]));
}

/** A page of each stage, in the order that people gave its deals. Two statements, however many stages: a board. */
export async function listBoard(
  em: EntityManager,
  stageIds: readonly string[],
  request: PageRequest,
  filter: DealFilter,
): Promise<Page<Deal>[]> {
  const size = pageSize(request);
  const [rank = ''] = request.after == null ? [] : decodeCursor(request.after, 1);
  const ids = await findFirstOfEach(em, {
    table: 'deal',
    ownerColumn: 'stage_id',
    ownerIds: stageIds,
    conditions: [...(rank === '' ? [] : [isBehind('rank', rank)]), ...conditionsOf(filter)],
    lowestBy: ['rank'],
    limit: size + 1,
  });
  const deals = await em.find(Deal, { id: { $in: ids } }, { orderBy: { rank: 'asc' } });
  const byStage = Map.groupBy(deals, (deal) => deal.stageId);
  return stageIds.map((id) => toPage(byStage.get(id) ?? [], size, request, (deal) => [deal.rank]));
}

function conditionsOf(filter: DealFilter): Condition[] {
  const { pipelineId, stageId, ownerId, contactId, status, tag } = filter;
  return [
    ...(pipelineId == null ? [] : [isEqual('pipeline_id', pipelineId)]),
    ...(stageId == null ? [] : [isEqual('stage_id', stageId)]),
    ...(ownerId == null ? [] : [isEqual('owner_id', ownerId)]),
    ...(contactId == null ? [] : [isEqual('contact_id', contactId)]),
    ...(status == null ? [] : [isOneOf('status', status)]),
    ...(tag == null ? [] : [isListedIn('deal_tag', { id: 'deal_id', column: 'tag', value: tag })]),
  ];
}
