import 'reflect-metadata';
import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { Access } from '../../graphql/kit/access.js';
import { ConnectionArgs, toConnection } from '../../graphql/kit/connection.js';
import type { Connection } from '../../graphql/kit/connection.js';
import type { GraphqlContext } from '../../graphql/kit/graphql-context.js';
import { inOrderOf } from '../../graphql/kit/graphql-context.js';
import type { NodeFetcher, ProvidesNodes } from '../../graphql/kit/node.js';
import { DeletePayloadType } from '../../graphql/kit/payload.types.js';
import { fromPublicId } from '../../kernel/ids.js';
import { SubaccountType } from '../tenancy/index.js';
import type { PipelineService } from './pipeline.service.js';
import {
  CreatePipelineInput,
  PipelineConnection,
  PipelineInput,
  PipelinePayload,
  PipelineType,
  StageType,
  UpdatePipelineInput,
} from './pipeline.types.js';
import type { Stage } from './stage.entity.js';

@Resolver(() => PipelineType)
export class PipelineResolver implements ProvidesNodes {
  readonly nodeFetchers: { readonly Pipeline: NodeFetcher; readonly Stage: NodeFetcher };
  readonly #pipelines: PipelineService;

  constructor(pipelines: PipelineService) {
    this.#pipelines = pipelines;
    this.nodeFetchers = {
      Pipeline: {
        action: 'pipeline:read',
        fetch: async (ctx, ids) =>
          inOrderOf(ids, await pipelines.findAll(ctx, ids), (row) => row.id).map((row) =>
            row === null ? null : new PipelineType(row),
          ),
      },
      Stage: {
        action: 'pipeline:read',
        fetch: async (ctx, ids) =>
          inOrderOf(ids, await pipelines.findStages(ctx, ids), (row) => row.id).map((row) =>
            row === null ? null : new StageType(row),
          ),
      },
    };
  }

  @Access('pipeline:read')
  @Query(() => PipelineType, { description: 'One pipeline.' })
  async pipeline(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
  ): Promise<PipelineType> {
    return new PipelineType(await this.#pipelines.get(ctx, fromPublicId('Pipeline', id)));
  }

  @Access('pipeline:create')
  @Mutation(() => PipelinePayload, {
    description: 'Adds a pipeline to a subaccount, by default the usual one.',
  })
  async createPipeline(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => CreatePipelineInput, { description: 'The new pipeline.' }) input: CreatePipelineInput,
  ): Promise<PipelinePayload> {
    return new PipelinePayload(await this.#pipelines.create(ctx, input.toRequest()));
  }

  @Access('pipeline:update')
  @Mutation(() => PipelinePayload, { description: 'Changes the name or the stages of a pipeline.' })
  async updatePipeline(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => UpdatePipelineInput, { description: 'What to change.' }) input: UpdatePipelineInput,
  ): Promise<PipelinePayload> {
    return new PipelinePayload(await this.#pipelines.update(ctx, idOf(input), input.toChanges()));
  }

  @Access('pipeline:delete')
  @Mutation(() => DeletePayloadType, { description: 'Deletes a pipeline without deals.' })
  async deletePipeline(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => PipelineInput, { description: 'Which pipeline.' }) input: PipelineInput,
  ): Promise<DeletePayloadType> {
    await this.#pipelines.delete(ctx, idOf(input));
    return new DeletePayloadType(input.pipelineId);
  }

  @Access('pipeline:read')
  @FieldResolver(() => [StageType], { description: 'Its stages in their order.' })
  async stages(@Root() { pipeline }: PipelineType, @Ctx() context: GraphqlContext): Promise<StageType[]> {
    const load = async (ids: readonly string[]): Promise<Stage[][]> => {
      const stages = Map.groupBy(
        await this.#pipelines.listStages(context.ctx, ids),
        (each) => each.pipelineId,
      );
      return ids.map((id) => stages.get(id) ?? []);
    };
    const stages = await context.loader<string, Stage[]>('stages of pipelines', load).load(pipeline.id);
    return stages.map((stage) => new StageType(stage));
  }
}

@Resolver(() => SubaccountType)
export class SubaccountPipelinesResolver {
  readonly #pipelines: PipelineService;

  constructor(pipelines: PipelineService) {
    this.#pipelines = pipelines;
  }

  @Access('pipeline:read')
  @FieldResolver(() => PipelineConnection, { description: 'Its pipelines, oldest first.' })
  async pipelines(
    @Root() { subaccount }: SubaccountType,
    @Args(() => ConnectionArgs) args: ConnectionArgs,
    @Ctx() { ctx }: GraphqlContext,
  ): Promise<Connection<PipelineType>> {
    const page = await this.#pipelines.list(ctx, subaccount.id, args);
    return toConnection(page, (pipeline) => new PipelineType(pipeline));
  }
}

function idOf(input: PipelineInput | UpdatePipelineInput): string {
  return fromPublicId('Pipeline', input.pipelineId, 'input.pipelineId');
}
