import { z } from 'zod';
import { idempotencyKeyText, nameText } from '../../kernel/input.js';
import { STAGE_KINDS } from './stage.entity.js';

export const MAX_STAGES = 20;
const MAX_STAGE_NAME_LENGTH = 100;

/** What a pipeline begins with when nobody says otherwise: enough to sell with, easy to change. */
const USUAL_STAGES: readonly StageDraft[] = [
  { stageId: null, name: 'New', kind: 'OPEN' },
  { stageId: null, name: 'Contacted', kind: 'OPEN' },
  { stageId: null, name: 'Qualified', kind: 'OPEN' },
  { stageId: null, name: 'Proposal', kind: 'OPEN' },
  { stageId: null, name: 'Won', kind: 'WON' },
  { stageId: null, name: 'Lost', kind: 'LOST' },
];
const USUAL_NAME = 'Sales';

const stage = z.object({
  /** A stage that is there already; null: a new one. */
  stageId: z
    .uuid()
    .nullish()
    .transform((id) => id ?? null),
  name: nameText(MAX_STAGE_NAME_LENGTH),
  kind: z.enum(STAGE_KINDS),
});
export type StageDraft = z.output<typeof stage>;

const stages = z
  .array(stage)
  .max(MAX_STAGES, `must be at most ${MAX_STAGES} stages`)
  .refine((list) => list.some(({ kind }) => kind === 'OPEN'), 'must contain an OPEN stage')
  .refine(areDistinct, 'must name a stage once');

export const newPipeline = z.object({
  subaccountId: z.uuid(),
  name: nameText()
    .nullish()
    .transform((name) => name ?? USUAL_NAME),
  stages: stages.nullish().transform((list) => list ?? USUAL_STAGES),
  idempotencyKey: idempotencyKeyText()
    .nullish()
    .transform((key) => key ?? null),
});
export type NewPipeline = z.input<typeof newPipeline>;

export const pipelineChanges = z.object({ name: nameText().nullish(), stages: stages.nullish() });
export type PipelineChanges = z.input<typeof pipelineChanges>;

function areDistinct(list: readonly StageDraft[]): boolean {
  const ids = list.flatMap(({ stageId }) => stageId ?? []);
  return new Set(ids).size === ids.length;
}
