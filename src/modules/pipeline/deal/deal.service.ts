import type { Clock } from '../../../kernel/clock.js';
import type { Context } from '../../../kernel/context.js';
import { invalidInput, kernelErrors } from '../../../kernel/errors.js';
import { parseInput } from '../../../kernel/input.js';
import { requestHash } from '../../../platform/crypto/request-hash.js';
import type { Database } from '../../../platform/database/database.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { claimIdempotency } from '../../../platform/idempotency/idempotency.js';
import { Contact } from '../../contact/index.js';
import { worksFor } from '../../identity/index.js';
import { getPipeline, listStages } from '../pipeline.queries.js';
import type { Pipeline } from '../pipeline.entity.js';
import { Stage } from '../stage.entity.js';
import { DealMove } from './deal-move.entity.js';
import { Deal } from './deal.entity.js';
import { dealChanged, dealMoved } from './deal.events.js';
import { dealChanges, dealPlace, newDeal } from './deal.input.js';
import type { DealChanges, DealDraft, DealPlace, NewDeal } from './deal.input.js';
import { getDeal, lockDeal } from './deal.queries.js';
import { lockStage, rankBehind } from './deal.rank.js';
import { setTags } from './deal.tags.js';

/** Opens, changes and moves deals. Whoever changes one names the version that they saw: nobody overwrites what they did not see. */
export class DealService {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(options: { readonly database: Database; readonly clock: Clock }) {
    this.#database = options.database;
    this.#clock = options.clock;
  }

  /** At the top of the stage, by default of the first one. */
  async create(ctx: Context, request: NewDeal): Promise<Deal> {
    const { idempotencyKey: key, ...draft } = parseInput(newDeal, request);
    return this.#database.write(ctx, async (tx) => {
      const pipeline = await getPipeline(tx.em, draft.pipelineId);
      if (key === null) return this.#create(tx, pipeline, draft);
      const { agencyId, subaccountId } = pipeline;
      const claim = await claimIdempotency(tx, {
        scopeId: subaccountId,
        agencyId,
        subaccountId,
        key,
        operation: 'createDeal',
        requestHash: requestHash(draft),
      });
      if (claim.kind === 'replay') return getDeal(tx.em, claim.resourceId);
      const deal = await this.#create(tx, pipeline, draft);
      await claim.record(deal.id);
      return deal;
    });
  }

  /** Throws STALE_VERSION. */
  async update(ctx: Context, id: string, request: DealChanges): Promise<Deal> {
    const { version, tags, ...facts } = parseInput(dealChanges, request);
    return this.#database.write(ctx, async (tx) => {
      const deal = await lockVersion(tx, id, version);
      await assertPeople(tx, deal.subaccountId, facts);
      if (facts.lostReason != null && deal.status !== 'LOST') {
        throw invalidInput([{ path: 'input.lostReason', message: 'goes only with a deal that is lost' }]);
      }
      deal.change(given(facts), this.#clock.now());
      if (tags !== undefined) await setTags(tx.em, deal, tags);
      const changed = Object.keys(given({ ...facts, tags })).sort();
      tx.append(dealChanged('deal.updated', deal, { changed }));
      return deal;
    });
  }

  /** Into a stage, or to another place in its own. Throws STALE_VERSION, NEIGHBOUR_MOVED. */
  async move(ctx: Context, id: string, request: DealPlace): Promise<Deal> {
    const { version, stageId, afterDealId, lostReason } = parseInput(dealPlace, request);
    return this.#database.write(ctx, async (tx) => {
      const deal = await lockVersion(tx, id, version);
      const stage = await lockStage(tx.em, stageId, deal.subaccountId);
      if (lostReason !== null && stage.kind !== 'LOST') {
        throw invalidInput([{ path: 'input.lostReason', message: 'goes only with a stage that is LOST' }]);
      }
      const from = deal.stageId === stage.id ? stage : await tx.em.findOneOrFail(Stage, { id: deal.stageId });
      deal.enter(stage, await rankBehind(tx.em, stage, afterDealId, deal.id), lostReason, this.#clock.now());
      if (from.id === stage.id) tx.append(dealChanged('deal.updated', deal, { changed: ['place'] }));
      else this.#noteMove(tx, deal, from, stage);
      return deal;
    });
  }

  delete(ctx: Context, id: string): Promise<void> {
    return this.#database.write(ctx, async (tx) => {
      const deal = await lockDeal(tx.em, id);
      tx.em.remove(deal);
      tx.append(dealChanged('deal.deleted', deal));
    });
  }

  async #create(
    tx: Transaction,
    { id: pipelineId, subaccountId }: Pipeline,
    draft: Omit<DealDraft, 'idempotencyKey'>,
  ): Promise<Deal> {
    const { title, contactId, ownerId, value, expectedCloseOn, tags } = draft;
    await assertPeople(tx, subaccountId, draft);
    const stage = await lockStage(tx.em, draft.stageId ?? (await firstStage(tx, pipelineId)), subaccountId);
    if (stage.pipelineId !== pipelineId) {
      throw invalidInput([{ path: 'input.stageId', message: 'must be a stage of the pipeline' }]);
    }
    const facts = { title, contactId, ownerId, value, expectedCloseOn };
    const at = this.#clock.now();
    const deal = Deal.create(stage, await rankBehind(tx.em, stage, null), facts, at);
    tx.em.persist(deal);
    // The rows below refer to it.
    await tx.em.flush();
    await setTags(tx.em, deal, tags);
    tx.em.persist(DealMove.of(deal, { from: null, to: stage }, { by: moverOf(tx.ctx), at }));
    tx.append(dealChanged('deal.created', deal));
    return deal;
  }

  #noteMove(tx: Transaction, deal: Deal, from: Stage, to: Stage): void {
    tx.em.persist(DealMove.of(deal, { from, to }, { by: moverOf(tx.ctx), at: this.#clock.now() }));
    for (const event of dealMoved(deal, from.id)) tx.append(event);
  }
}

async function lockVersion(tx: Transaction, id: string, version: number): Promise<Deal> {
  const deal = await lockDeal(tx.em, id);
  if (deal.version === version) return deal;
  throw kernelErrors.STALE_VERSION({ data: { currentVersion: deal.version } });
}

async function firstStage(tx: Transaction, pipelineId: string): Promise<string> {
  const [first] = await listStages(tx.em, [pipelineId]);
  if (first === undefined) throw new Error('a pipeline has no stage');
  return first.id;
}

async function assertPeople(
  tx: Transaction,
  subaccountId: string,
  { contactId, ownerId }: { contactId?: string | null | undefined; ownerId?: string | null | undefined },
): Promise<void> {
  if (contactId != null && (await tx.em.count(Contact, { id: contactId, subaccountId })) === 0) {
    throw invalidInput([{ path: 'input.contactId', message: 'must be a contact of the subaccount' }]);
  }
  if (ownerId != null && !(await worksFor(tx.em, ownerId, subaccountId))) {
    throw invalidInput([{ path: 'input.ownerId', message: 'must be a user who works for the subaccount' }]);
  }
}

function moverOf({ actor }: Context): string | null {
  return actor.kind === 'user' ? actor.userId : null;
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Without what was left out. */
function given<T extends object>(facts: T): Given<T> {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as Given<T>;
}
