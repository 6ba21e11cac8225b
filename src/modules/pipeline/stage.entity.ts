import { newId } from '../../kernel/ids.js';
import { p, tenantEntity } from '../../platform/database/tenant-entity.js';
import type { Pipeline } from './pipeline.entity.js';

/** What it means for a deal to be in a stage. */
export const STAGE_KINDS = ['OPEN', 'WON', 'LOST'] as const;
export type StageKind = (typeof STAGE_KINDS)[number];

const StageSchema = tenantEntity({
  name: 'Stage',
  tableName: 'pipeline_stage',
  properties: {
    pipelineId: p.uuid(),
    name: p.text(),
    kind: p.text().$type<StageKind>(),
    position: p.integer(),
    createdAt: p.datetime(),
  },
});

/** One step of a pipeline. Whoever moves deals into it, or changes the stages of its pipeline, locks it first. */
export class Stage extends StageSchema.class {
  static create(pipeline: Pipeline, facts: Pick<Stage, 'name' | 'kind' | 'position'>, at: Date): Stage {
    const { agencyId, subaccountId, id: pipelineId } = pipeline;
    return Object.assign(new Stage(), facts, {
      id: newId(),
      agencyId,
      subaccountId,
      pipelineId,
      createdAt: at,
    });
  }
}

StageSchema.setClass(Stage);
