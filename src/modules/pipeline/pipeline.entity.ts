import { newId } from '../../kernel/ids.js';
import { p, tenantEntity } from '../../platform/database/tenant-entity.js';

const PipelineSchema = tenantEntity({
  name: 'Pipeline',
  tableName: 'pipeline',
  properties: { name: p.text(), createdAt: p.datetime(), updatedAt: p.datetime() },
});

/** A way that deals go, from their first stage to won or lost. */
export class Pipeline extends PipelineSchema.class {
  static create(facts: Pick<Pipeline, 'agencyId' | 'subaccountId' | 'name'>, at: Date): Pipeline {
    return Object.assign(new Pipeline(), facts, { id: newId(), createdAt: at, updatedAt: at });
  }
}

PipelineSchema.setClass(Pipeline);
