import { LockMode } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { kernelErrors } from '../../kernel/errors.js';
import { decodeIdCursor, pageSize, toPage } from '../../kernel/page.js';
import type { Page, PageRequest } from '../../kernel/page.js';
import { Pipeline } from './pipeline.entity.js';
import { Stage } from './stage.entity.js';

/** Throws NOT_FOUND. */
export async function getPipeline(em: EntityManager, id: string): Promise<Pipeline> {
  const pipeline = await em.findOne(Pipeline, { id });
  if (pipeline === null) throw kernelErrors.NOT_FOUND();
  return pipeline;
}

export function findPipelines(em: EntityManager, ids: readonly string[]): Promise<Pipeline[]> {
  return em.find(Pipeline, { id: { $in: [...ids] } });
}

export function findStages(em: EntityManager, ids: readonly string[]): Promise<Stage[]> {
  return em.find(Stage, { id: { $in: [...ids] } });
}

/** The stages of several pipelines, each pipeline's in their order. */
export function listStages(em: EntityManager, pipelineIds: readonly string[]): Promise<Stage[]> {
  return em.find(Stage, { pipelineId: { $in: [...pipelineIds] } }, { orderBy: { position: 'asc' } });
}

/** A pipeline whose stages nobody else changes, and that nobody moves deals into, until the transaction ends. Throws NOT_FOUND. */
export async function lockPipeline(
  em: EntityManager,
  id: string,
): Promise<{ readonly pipeline: Pipeline; readonly stages: readonly Stage[] }> {
  const pipeline = await em.findOne(Pipeline, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (pipeline === null) throw kernelErrors.NOT_FOUND();
  const stages = await em.find(
    Stage,
    { pipelineId: id },
    { orderBy: { id: 'asc' }, lockMode: LockMode.PESSIMISTIC_WRITE },
  );
  return { pipeline, stages };
}

/** Pipelines of a subaccount, oldest first. */
export async function listPipelines(
  em: EntityManager,
  subaccountId: string,
  request: PageRequest,
): Promise<Page<Pipeline>> {
  const size = pageSize(request);
  const place = request.after == null ? {} : { id: { $gt: decodeIdCursor(request.after) } };
  const rows = await em.find(
    Pipeline,
    { subaccountId, ...place },
    { orderBy: { id: 'asc' }, limit: size + 1 },
  );
  return toPage(rows, size, request, (pipeline) => [pipeline.id]);
}
