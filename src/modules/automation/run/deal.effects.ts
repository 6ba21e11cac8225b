import type { EntityManager } from '@mikro-orm/postgresql';
import { lockContact } from '../../contact/index.js';
import { Deal, Stage } from '../../pipeline/index.js';
import type { DealService } from '../../pipeline/index.js';
import { fillIn, skipped, stepKeyOf } from './effect.js';
import type { Effect } from './effect.js';
import type { AutomationRun } from './run.entity.js';

const MAX_TITLE_LENGTH = 200;
const UNNAMED = 'New lead';

/** Opens a deal for the person; steps behind it are about that deal. */
export function openDealEffect(deals: Pick<DealService, 'create'>): Effect<'OPEN_DEAL'> {
  return async (place, { pipelineId, stageId = null, title, evenIfOpen }) => {
    const { tx, inside, run } = place;
    const { contactId = null } = run;
    // Of two runs for one person, the second sees what the first opened.
    if (contactId !== null) await lockContact(tx, contactId);
    const open =
      contactId === null || evenIfOpen
        ? null
        : await tx.em.findOne(Deal, { contactId, pipelineId, status: 'OPEN' }, { orderBy: { id: 'desc' } });
    if (open !== null) {
      run.dealId = open.id;
      return { ...skipped('DEAL_ALREADY_OPEN'), dealId: open.id };
    }
    const filled = titleOf(await fillIn(place, title));
    const request = { pipelineId, stageId, contactId, title: filled, idempotencyKey: stepKeyOf(run) };
    const deal = await deals.create(inside, request);
    run.dealId = deal.id;
    return { status: 'DONE', dealId: deal.id };
  };
}

/** Moves the deal that the run is about, or else the person's open one in that pipeline, to the top of a stage. */
export function moveDealEffect(deals: Pick<DealService, 'move'>): Effect<'MOVE_DEAL'> {
  return async ({ tx, inside, run }, { stageId }) => {
    const stage = await tx.em.findOne(Stage, { id: stageId });
    if (stage === null) return skipped('NO_STAGE');
    const dealId = run.dealId ?? (await findOpenDeal(tx.em, run, stage.pipelineId));
    const deal = dealId === null ? null : await lockPlaceOf(tx.em, dealId);
    if (dealId === null || deal === null) return skipped('NO_DEAL');
    if (deal.stageId === stageId) return { ...skipped('ALREADY_THERE'), dealId };
    await deals.move(inside, dealId, { version: deal.version, stageId });
    run.dealId = dealId;
    return { status: 'DONE', dealId };
  };
}

async function findOpenDeal(
  em: EntityManager,
  run: AutomationRun,
  pipelineId: string,
): Promise<string | null> {
  const { contactId } = run;
  if (contactId == null) return null;
  const open = { contactId, pipelineId, status: 'OPEN' } as const;
  return (await em.findOne(Deal, open, { orderBy: { id: 'desc' } }))?.id ?? null;
}

/** Whoever moves a deal names its version: nobody changes it from here on. Not as an entity, which might have been loaded before. */
async function lockPlaceOf(
  em: EntityManager,
  id: string,
): Promise<{ readonly version: number; readonly stageId: string } | null> {
  const [row] = await em.execute<{ version: number; stageId: string }[]>(
    'select version, stage_id as "stageId" from deal where id = ? for update',
    [id],
  );
  return row ?? null;
}

/** One line that fits. */
function titleOf(text: string): string {
  const line = text
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, MAX_TITLE_LENGTH)
    .trim();
  return line === '' ? UNNAMED : line;
}
