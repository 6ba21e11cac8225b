import 'reflect-metadata';
import { Arg, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { Access } from '../../../graphql/kit/access.js';
import type { GraphqlContext } from '../../../graphql/kit/graphql-context.js';
import { inOrderOf } from '../../../graphql/kit/graphql-context.js';
import type { NodeFetcher, ProvidesNodes } from '../../../graphql/kit/node.js';
import { DeletePayloadType } from '../../../graphql/kit/payload.types.js';
import { fromPublicId } from '../../../kernel/ids.js';
import { ContactType } from '../../contact/index.js';
import { UserType } from '../../identity/index.js';
import { PipelineType, StageType } from '../pipeline.types.js';
import {
  CreateDealInput,
  DealInput,
  DealPayload,
  MoveDealInput,
  UpdateDealInput,
} from './deal.inputs.types.js';
import type { DealReader } from './deal.reader.js';
import type { DealService } from './deal.service.js';
import { DealMoveType, DealType } from './deal.types.js';

const INPUT = { description: 'The input.' } as const;

@Resolver(() => DealType)
export class DealResolver implements ProvidesNodes {
  readonly nodeFetchers: { readonly Deal: NodeFetcher };
  readonly #deals: DealService;
  readonly #reader: DealReader;

  constructor(deals: DealService, reader: DealReader) {
    this.#deals = deals;
    this.#reader = reader;
    this.nodeFetchers = {
      Deal: {
        action: 'deal:read',
        fetch: async (ctx, ids) =>
          inOrderOf(ids, await reader.findAll(ctx, ids), (row) => row.id).map((row) =>
            row === null ? null : new DealType(row),
          ),
      },
    };
  }

  @Access('deal:read')
  @Query(() => DealType, { description: 'One deal.' })
  async deal(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
  ): Promise<DealType> {
    return new DealType(await this.#reader.get(ctx, fromPublicId('Deal', id)));
  }

  @Access('deal:create')
  @Mutation(() => DealPayload, { description: 'Opens a deal, at the top of its stage.' })
  async createDeal(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => CreateDealInput, INPUT) input: CreateDealInput,
  ): Promise<DealPayload> {
    return new DealPayload(await this.#deals.create(ctx, input.toRequest()));
  }

  @Access('deal:update')
  @Mutation(() => DealPayload, { description: 'Changes a deal, unless somebody else did meanwhile.' })
  async updateDeal(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => UpdateDealInput, INPUT) input: UpdateDealInput,
  ): Promise<DealPayload> {
    return new DealPayload(await this.#deals.update(ctx, idOf(input), input.toChanges()));
  }

  @Access('deal:update')
  @Mutation(() => DealPayload, {
    description:
      'Puts a deal into a stage or to another place there, unless somebody else changed it meanwhile.',
  })
  async moveDeal(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => MoveDealInput, INPUT) input: MoveDealInput,
  ): Promise<DealPayload> {
    return new DealPayload(await this.#deals.move(ctx, idOf(input), input.toPlace()));
  }

  @Access('deal:delete')
  @Mutation(() => DeletePayloadType, { description: 'Deletes a deal and its history.' })
  async deleteDeal(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => DealInput, INPUT) input: DealInput,
  ): Promise<DeletePayloadType> {
    await this.#deals.delete(ctx, idOf(input));
    return new DeletePayloadType(input.dealId);
  }

  @Access('pipeline:read')
  @FieldResolver(() => PipelineType, { description: 'The pipeline that it goes through.' })
  async pipeline(@Root() { deal }: DealType, @Ctx() context: GraphqlContext): Promise<object | null> {
    return context.nodes.find(context, 'Pipeline', deal.pipelineId);
  }

  @Access('pipeline:read')
  @FieldResolver(() => StageType, { description: 'The stage that it is in.' })
  async stage(@Root() { deal }: DealType, @Ctx() context: GraphqlContext): Promise<object | null> {
    return context.nodes.find(context, 'Stage', deal.stageId);
  }

  @Access('deal:read')
  @FieldResolver(() => ContactType, {
    nullable: true,
    description: 'The person who may buy; also null for callers that may not read contacts.',
  })
  async contact(@Root() { deal }: DealType, @Ctx() context: GraphqlContext): Promise<object | null> {
    return deal.contactId == null ? null : context.nodes.findVisible(context, 'Contact', deal.contactId);
  }

  @Access('deal:read')
  @FieldResolver(() => UserType, {
    nullable: true,
    description: 'The user who looks after it; also null for callers that may not read users.',
  })
  async owner(@Root() { deal }: DealType, @Ctx() context: GraphqlContext): Promise<object | null> {
    return deal.ownerId == null ? null : context.nodes.findVisible(context, 'User', deal.ownerId);
  }

  @Access('deal:read')
  @FieldResolver(() => [String], { description: 'Its tags, in the order of the alphabet.' })
  async tags(@Root() { deal }: DealType, @Ctx() context: GraphqlContext): Promise<string[]> {
    const load = async (ids: readonly string[]): Promise<string[][]> => {
      const tags = await this.#reader.findTags(context.ctx, ids);
      return ids.map((id) => tags.get(id) ?? []);
    };
    return context.loader<string, string[]>('tags of deals', load).load(deal.id);
  }

  @Access('deal:read')
  @FieldResolver(() => [DealMoveType], { description: 'How it went through the stages, oldest first.' })
  async moves(@Root() { deal }: DealType, @Ctx() context: GraphqlContext): Promise<DealMoveType[]> {
    const load = async (ids: readonly string[]): Promise<DealMoveType[][]> => {
      const moves = Map.groupBy(await this.#reader.listMoves(context.ctx, ids), (move) => move.dealId);
      return ids.map((id) => (moves.get(id) ?? []).map((move) => new DealMoveType(move)));
    };
    return context.loader<string, DealMoveType[]>('moves of deals', load).load(deal.id);
  }
}

function idOf({ dealId }: DealInput | UpdateDealInput | MoveDealInput): string {
  return fromPublicId('Deal', dealId, 'input.dealId');
}
