/**
 * Owns pipelines, their stages and the deals in them. Promises: a deal is in one stage, and deals of a stage have an order that everybody
 * sees alike; nobody overwrites a change that they did not see; every step from stage to stage is remembered; a deal stays with its
 * person when two contacts turn out to be one.
 */
export { DealUpdatedResolver } from './deal/deal-events.resolver.js';
export {
  ContactDealsResolver,
  PipelineDealsResolver,
  StageDealsResolver,
  SubaccountDealsResolver,
} from './deal/deal-lists.resolver.js';
export { DealMove } from './deal/deal-move.entity.js';
export { Deal } from './deal/deal.entity.js';
export type { DealChanges, DealPlace, NewDeal } from './deal/deal.input.js';
export { DealMerge } from './deal/deal.merge.js';
export { DealReader } from './deal/deal.reader.js';
export { DealResolver } from './deal/deal.resolver.js';
export { DealService } from './deal/deal.service.js';
export { Pipeline } from './pipeline.entity.js';
export { pipelineErrors } from './pipeline.errors.js';
export { PipelineResolver, SubaccountPipelinesResolver } from './pipeline.resolver.js';
export { PipelineService } from './pipeline.service.js';
export { Stage } from './stage.entity.js';
