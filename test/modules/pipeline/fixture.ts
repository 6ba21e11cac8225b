import { entities } from '../../../src/app/entities.js';
import { systemClock } from '../../../src/kernel/clock.js';
import { Context } from '../../../src/kernel/context.js';
import { AppError } from '../../../src/kernel/errors.js';
import { newId } from '../../../src/kernel/ids.js';
import { ContactDirectory } from '../../../src/modules/contact/index.js';
import type { PersonFacts, Contact } from '../../../src/modules/contact/index.js';
import { DealMerge, DealReader, DealService, PipelineService } from '../../../src/modules/pipeline/index.js';
import type { Deal, NewDeal, Pipeline, Stage } from '../../../src/modules/pipeline/index.js';
import { DEFAULT_PLAN } from '../../support/catalogue.js';
import { createTestDatabase } from '../../support/database.js';

/** Pipelines and deals on a real database. */
export async function createSales() {
  const clock = systemClock;
  const db = await createTestDatabase({ entities, clock, poolSize: 30 });
  const { database } = db;
  const pipelines = new PipelineService({ database, clock });
  const deals = new DealService({ database, clock });
  const reader = new DealReader({ database });
  const contacts = new ContactDirectory({ clock, references: [new DealMerge(clock)] });

  /** A subaccount with a user and a pipeline of the usual stages. */
  async function team() {
    const place = { agencyId: newId(), subaccountId: newId() };
    const ctx = Context.forJob('test', place);
    await db.query(`insert into agency (id, name, created_at) values ($1, 'A', now())`, [place.agencyId]);
    await db.query(
      `insert into subaccount (id, agency_id, plan_id, name, timezone, require_business_account, created_at)
       values ($1, $2, ${DEFAULT_PLAN}, 'S', 'UTC', false, now())`,
      [place.subaccountId, place.agencyId],
    );
    const pipeline = await pipelines.create(ctx, { subaccountId: place.subaccountId });
    const stages = await pipelines.listStages(ctx, [pipeline.id]);
    return new Team({ ...place, ctx, pipeline, stages });
  }

  class Team {
    readonly agencyId: string;
    readonly subaccountId: string;
    readonly ctx: Context;
    readonly pipeline: Pipeline;
    readonly stages: readonly Stage[];

    constructor(parts: Pick<Team, 'agencyId' | 'subaccountId' | 'ctx' | 'pipeline' | 'stages'>) {
      this.agencyId = parts.agencyId;
      this.subaccountId = parts.subaccountId;
      this.ctx = parts.ctx;
      this.pipeline = parts.pipeline;
      this.stages = parts.stages;
    }

    stage(name: string): string {
      const stage = this.stages.find((each) => each.name === name);
      if (stage === undefined) throw new Error(`there is no stage ${name}`);
      return stage.id;
    }

    open(title: string, more: Partial<NewDeal> = {}): Promise<Deal> {
      return deals.create(this.ctx, { pipelineId: this.pipeline.id, title, ...more });
    }

    /** The titles of a stage, from top to bottom. */
    async board(stage: string): Promise<string[]> {
      const [page] = await reader.listBoard(this.ctx, [this.stage(stage)], { first: 100 });
      return (page?.items ?? []).map(({ node }) => node.title);
    }

    person(facts: PersonFacts): Promise<Contact> {
      return database.write(this.ctx, (tx) => contacts.resolve(tx, this, facts));
    }

    async user(role: string, subaccountId: string | null): Promise<string> {
      const [id, membership] = [newId(), newId()];
      await db.query(
        `insert into app_user (id, agency_id, email, password_hash, created_at) values ($1, $2, $3, 'x', now())`,
        [id, this.agencyId, `${id}@example.com`],
      );
      await db.query(
        `insert into membership (id, agency_id, user_id, role, created_at) values ($1, $2, $3, $4, now())`,
        [membership, this.agencyId, id, role],
      );
      if (subaccountId !== null) {
        await db.query(
          'insert into membership_subaccount (agency_id, membership_id, subaccount_id, role) values ($1, $2, $3, $4)',
          [this.agencyId, membership, subaccountId, role],
        );
      }
      return id;
    }

    /** What happened to deals, in order: the topic with its payload. */
    async events(): Promise<{ topic: string; payload: Record<string, unknown> }[]> {
      return db.query(
        `select topic, payload from event where stream_id = $1 and topic like 'deal.%' order by seq`,
        [this.subaccountId],
      );
    }
  }

  return { db, pipelines, deals, reader, team, close: () => db.drop() };
}

export type Sales = Awaited<ReturnType<typeof createSales>>;

/** The error that refuses this; throws when nothing does. */
export async function refusal(work: Promise<unknown>): Promise<AppError> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof AppError) return error;
  throw new Error('it was not refused', { cause: error });
}
