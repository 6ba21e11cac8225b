import { LockMode } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { generateKeyBetween, generateNKeysBetween } from 'fractional-indexing';
import { kernelErrors } from '../../../kernel/errors.js';
import { PreparedStatement } from '../../../platform/database/prepared-statement.js';
import { pipelineErrors } from '../pipeline.errors.js';
import { Stage } from '../stage.entity.js';
import { Deal } from './deal.entity.js';

/** A rank grows where deals are dropped between the same two again and again; from this length on the stage is ranked anew. */
const MAX_RANK_LENGTH = 64;

const RANK_ANEW = new PreparedStatement(
  'rank_deals_anew',
  `update deal d set rank = r.rank from unnest($1::uuid[], $2::text[]) as r (id, rank) where d.id = r.id`,
);

/** Keeps others from placing deals in the stage until the transaction ends. Throws NOT_FOUND. */
export async function lockStage(em: EntityManager, id: string, subaccountId: string): Promise<Stage> {
  const stage = await em.findOne(Stage, { id, subaccountId }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (stage === null) throw kernelErrors.NOT_FOUND();
  return stage;
}

/**
 * The rank of a deal that goes directly behind another one, or first, in a locked stage. `movingId` is the deal itself: its own place does
 * not count. Throws NEIGHBOUR_MOVED.
 */
export async function rankBehind(
  em: EntityManager,
  stage: Stage,
  afterDealId: string | null,
  movingId: string | null = null,
): Promise<string> {
  const rank = await between(em, stage, afterDealId, movingId);
  if (rank.length <= MAX_RANK_LENGTH) return rank;
  await rankAnew(em, stage);
  return between(em, stage, afterDealId, movingId);
}

async function between(
  em: EntityManager,
  stage: Stage,
  afterDealId: string | null,
  movingId: string | null,
): Promise<string> {
  const before = afterDealId === null ? null : await rankOf(em, stage, afterDealId, movingId);
  const next = await em.findOne(
    Deal,
    {
      stageId: stage.id,
      ...(before !== null && { rank: { $gt: before } }),
      ...(movingId !== null && { id: { $ne: movingId } }),
    },
    { orderBy: { rank: 'asc' }, fields: ['rank'], refresh: true },
  );
  return generateKeyBetween(before, next?.rank ?? null);
}

async function rankOf(
  em: EntityManager,
  stage: Stage,
  dealId: string,
  movingId: string | null,
): Promise<string> {
  const deal =
    dealId === movingId
      ? null
      : await em.findOne(Deal, { id: dealId, stageId: stage.id }, { fields: ['rank'], refresh: true });
  if (deal === null) throw pipelineErrors.NEIGHBOUR_MOVED();
  return deal.rank;
}

/** Gives the deals of a locked stage short ranks in the order that they have. */
async function rankAnew(em: EntityManager, stage: Stage): Promise<void> {
  const deals = await em.find(Deal, { stageId: stage.id }, { orderBy: { rank: 'asc' }, fields: ['id'] });
  const ids = deals.map(({ id }) => id);
  const ranks = generateNKeysBetween(null, null, ids.length);
  await RANK_ANEW.run(em, [`{${ids.join(',')}}`, `{${ranks.join(',')}}`]);
}
