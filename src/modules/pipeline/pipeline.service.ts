import type { Clock } from '../../kernel/clock.js';
import type { Context } from '../../kernel/context.js';
import { invalidInput } from '../../kernel/errors.js';
import { parseInput } from '../../kernel/input.js';
import type { Page, PageRequest } from '../../kernel/page.js';
import { requestHash } from '../../platform/crypto/request-hash.js';
import type { Database } from '../../platform/database/database.js';
import type { Transaction } from '../../platform/database/transaction.js';
import { claimIdempotency } from '../../platform/idempotency/idempotency.js';
import { requirePlanFeature } from '../billing/index.js';
import { getSubaccount } from '../tenancy/index.js';
import { Deal } from './deal/deal.entity.js';
import { Pipeline } from './pipeline.entity.js';
import { pipelineErrors } from './pipeline.errors.js';
import { pipelineChanged } from './pipeline.events.js';
import { newPipeline, pipelineChanges } from './pipeline.input.js';
import type { NewPipeline, PipelineChanges, StageDraft } from './pipeline.input.js';
import {
  findPipelines,
  findStages,
  getPipeline,
  listPipelines,
  listStages,
  lockPipeline,
} from './pipeline.queries.js';
import { Stage } from './stage.entity.js';

/** Reads and changes pipelines and their stages. */
export class PipelineService {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(options: { readonly database: Database; readonly clock: Clock }) {
    this.#database = options.database;
    this.#clock = options.clock;
  }

  /** Throws NOT_FOUND. */
  get(ctx: Context, id: string): Promise<Pipeline> {
    return this.#database.read(ctx, (em) => getPipeline(em, id));
  }

  /** Those that exist and may be seen, in no order. */
  findAll(ctx: Context, ids: readonly string[]): Promise<readonly Pipeline[]> {
    return this.#database.read(ctx, (em) => findPipelines(em, ids));
  }

  findStages(ctx: Context, ids: readonly string[]): Promise<readonly Stage[]> {
    return this.#database.read(ctx, (em) => findStages(em, ids));
  }

  /** The stages of several pipelines, each pipeline's in their order. */
  listStages(ctx: Context, pipelineIds: readonly string[]): Promise<readonly Stage[]> {
    return this.#database.read(ctx, (em) => listStages(em, pipelineIds));
  }

  list(ctx: Context, subaccountId: string, request: PageRequest): Promise<Page<Pipeline>> {
    return this.#database.read(ctx, (em) => listPipelines(em, subaccountId, request));
  }

  /** Without name and stages it is the usual one. Throws PLAN_FEATURE_MISSING. */
  async create(ctx: Context, request: NewPipeline): Promise<Pipeline> {
    const { subaccountId, idempotencyKey: key, ...draft } = parseInput(newPipeline, request);
    return this.#database.write(ctx, async (tx) => {
      const { agencyId } = await getSubaccount(tx.em, subaccountId);
      const tenant = { agencyId, subaccountId };
      if (key === null) return this.#create(tx, { ...tenant, ...draft });
      const claim = await claimIdempotency(tx, {
        ...tenant,
        scopeId: subaccountId,
        key,
        operation: 'createPipeline',
        requestHash: requestHash(draft),
      });
      if (claim.kind === 'replay') return getPipeline(tx.em, claim.resourceId);
      const pipeline = await this.#create(tx, { ...tenant, ...draft });
      await claim.record(pipeline.id);
      return pipeline;
    });
  }

  /** `stages` is the whole new list in its order: those left out are removed, which needs them to be empty. */
  async update(ctx: Context, id: string, request: PipelineChanges): Promise<Pipeline> {
    const { name, stages: drafts } = parseInput(pipelineChanges, request);
    return this.#database.write(ctx, async (tx) => {
      const { pipeline, stages } = await lockPipeline(tx.em, id);
      if (drafts != null) await this.#restage(tx, pipeline, stages, drafts);
      pipeline.name = name ?? pipeline.name;
      pipeline.updatedAt = this.#clock.now();
      tx.append(pipelineChanged('pipeline.updated', pipeline));
      return pipeline;
    });
  }

  /** Throws PIPELINE_NOT_EMPTY. */
  delete(ctx: Context, id: string): Promise<void> {
    return this.#database.write(ctx, async (tx) => {
      const { pipeline, stages } = await lockPipeline(tx.em, id);
      if ((await tx.em.count(Deal, { pipelineId: id })) > 0) throw pipelineErrors.PIPELINE_NOT_EMPTY();
      for (const stage of stages) tx.em.remove(stage);
      await tx.em.flush();
      tx.em.remove(pipeline);
      tx.append(pipelineChanged('pipeline.deleted', pipeline));
    });
  }

  async #create(
    tx: Transaction,
    draft: Pick<Pipeline, 'agencyId' | 'subaccountId' | 'name'> & { readonly stages: readonly StageDraft[] },
  ): Promise<Pipeline> {
    const { agencyId, subaccountId, name, stages } = draft;
    await requirePlanFeature(tx.em, subaccountId, 'PIPELINES');
    const pipeline = Pipeline.create({ agencyId, subaccountId, name }, this.#clock.now());
    tx.em.persist(pipeline);
    // The stages refer to it.
    await tx.em.flush();
    await this.#restage(tx, pipeline, [], stages);
    tx.append(pipelineChanged('pipeline.created', pipeline));
    return pipeline;
  }

  async #restage(
    tx: Transaction,
    pipeline: Pipeline,
    stages: readonly Stage[],
    drafts: readonly StageDraft[],
  ): Promise<void> {
    const known = new Map(stages.map((stage) => [stage.id, stage]));
    const at = this.#clock.now();
    for (const [position, { stageId, name, kind }] of drafts.entries()) {
      if (stageId === null) tx.em.persist(Stage.create(pipeline, { name, kind, position }, at));
      else Object.assign(keptStage(known.get(stageId), kind, position), { name, position });
      if (stageId !== null) known.delete(stageId);
    }
    for (const stage of known.values()) await removeStage(tx, stage);
    await tx.em.flush();
  }
}

/** What its deals came to would change with its kind. */
function keptStage(stage: Stage | undefined, kind: string, index: number): Stage {
  const path = `input.stages.${index}`;
  if (stage === undefined) {
    throw invalidInput([{ path: `${path}.stageId`, message: 'must be a stage of this pipeline' }]);
  }
  if (stage.kind !== kind) {
    throw invalidInput([{ path: `${path}.kind`, message: `must stay ${stage.kind}` }]);
  }
  return stage;
}

async function removeStage(tx: Transaction, stage: Stage): Promise<void> {
  if ((await tx.em.count(Deal, { stageId: stage.id })) > 0) {
    throw pipelineErrors.STAGE_NOT_EMPTY({ data: { stage: stage.name } });
  }
  tx.em.remove(stage);
}
