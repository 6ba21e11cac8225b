import 'reflect-metadata';
import { Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { connectionTypes } from '../../graphql/kit/connection.js';
import { Node } from '../../graphql/kit/node.js';
import { DateTime } from '../../graphql/kit/scalars.js';
import { fromPublicId } from '../../kernel/ids.js';
import type { Pipeline } from './pipeline.entity.js';
import type { NewPipeline, PipelineChanges } from './pipeline.input.js';
import type { Stage, StageKind } from './stage.entity.js';

export const StageKindEnum: { readonly [K in StageKind]: K } = { OPEN: 'OPEN', WON: 'WON', LOST: 'LOST' };
registerEnumType(StageKindEnum, {
  name: 'StageKind',
  description: 'What it means for a deal to be in a stage.',
  valuesConfig: {
    OPEN: { description: 'It goes on.' },
    WON: { description: 'It was sold.' },
    LOST: { description: 'It came to nothing.' },
  },
});

@ObjectType('Pipeline', { implements: Node, description: 'A way that deals go, stage by stage.' })
export class PipelineType extends Node {
  constructor(readonly pipeline: Pipeline) {
    super('Pipeline', pipeline.id, pipeline.subaccountId);
  }

  @Field(() => String, { description: 'What it is called.' })
  get name(): string {
    return this.pipeline.name;
  }

  @Field(() => DateTime, { description: 'When it was created.' })
  get createdAt(): Date {
    return this.pipeline.createdAt;
  }

  @Field(() => DateTime, { description: 'When it or its stages changed last.' })
  get updatedAt(): Date {
    return this.pipeline.updatedAt;
  }
}

@ObjectType('Stage', { implements: Node, description: 'One step of a pipeline.' })
export class StageType extends Node {
  constructor(readonly stage: Stage) {
    super('Stage', stage.id, stage.subaccountId);
  }

  @Field(() => String, { description: 'What it is called.' })
  get name(): string {
    return this.stage.name;
  }

  @Field(() => StageKindEnum, { description: 'What it means for a deal to be here.' })
  get kind(): StageKind {
    return this.stage.kind;
  }

  @Field(() => Int, { description: 'Its place in the pipeline, from 0.' })
  get position(): number {
    return this.stage.position;
  }
}

@InputType('StageInput', { description: 'One step of a pipeline.' })
export class StageInput {
  @Field(() => ID, { nullable: true, description: 'A stage that is there already; left out: a new one.' })
  stageId?: string | null;

  @Field(() => String, { description: 'What to call it: 1 to 100 characters.' })
  name = '';

  @Field(() => StageKindEnum, {
    defaultValue: 'OPEN',
    description: 'What it means for a deal to be here. A stage that is there keeps its kind.',
  })
  kind: StageKind = 'OPEN';
}

@InputType('CreatePipelineInput', { description: 'A new pipeline.' })
export class CreatePipelineInput {
  @Field(() => ID, { description: 'The subaccount that it belongs to.' })
  subaccountId = '';

  @Field(() => String, {
    nullable: true,
    description: 'What to call it: 1 to 200 characters; default Sales.',
  })
  name?: string | null;

  @Field(() => [StageInput], {
    nullable: true,
    description:
      'Its stages in their order, at most 20, one of them OPEN. Left out: New, Contacted, Qualified, Proposal, Won and Lost.',
  })
  stages?: StageInput[] | null;

  @Field(() => String, {
    nullable: true,
    description: 'Unique within the subaccount for 24 hours: the same call again returns the same pipeline.',
  })
  idempotencyKey?: string | null;

  toRequest(): NewPipeline {
    const { name, idempotencyKey } = this;
    const subaccountId = fromPublicId('Subaccount', this.subaccountId, 'input.subaccountId');
    return { subaccountId, name, stages: stagesOf(this.stages), idempotencyKey };
  }
}

@InputType('UpdatePipelineInput', { description: 'What to change of a pipeline; what is left out stays.' })
export class UpdatePipelineInput {
  @Field(() => ID, { description: 'The pipeline.' })
  pipelineId = '';

  @Field(() => String, { nullable: true, description: 'What to call it: 1 to 200 characters.' })
  name?: string | null;

  @Field(() => [StageInput], {
    nullable: true,
    description: 'All stages in their new order. A stage that is left out is removed, if no deal is in it.',
  })
  stages?: StageInput[] | null;

  toChanges(): PipelineChanges {
    return { name: this.name, stages: stagesOf(this.stages) };
  }
}

function stagesOf(stages: readonly StageInput[] | null | undefined): NewPipeline['stages'] {
  return stages?.map(({ stageId, name, kind }, index) => ({
    stageId: stageId == null ? null : fromPublicId('Stage', stageId, `input.stages.${index}.stageId`),
    name,
    kind,
  }));
}

@InputType('PipelineInput', { description: 'Which pipeline.' })
export class PipelineInput {
  @Field(() => ID, { description: 'The pipeline.' })
  pipelineId = '';
}

@ObjectType('PipelinePayload', { description: 'What a mutation of a pipeline answers.' })
export class PipelinePayload {
  @Field(() => PipelineType, { description: 'The pipeline as it is now.' })
  readonly pipeline: PipelineType;

  constructor(pipeline: Pipeline) {
    this.pipeline = new PipelineType(pipeline);
  }
}

export const { connection: PipelineConnection } = connectionTypes('Pipeline', PipelineType);
