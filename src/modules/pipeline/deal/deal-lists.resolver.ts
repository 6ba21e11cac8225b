import 'reflect-metadata';
import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { Access } from '../../../graphql/kit/access.js';
import { toConnection } from '../../../graphql/kit/connection.js';
import type { Connection } from '../../../graphql/kit/connection.js';
import type { GraphqlContext } from '../../../graphql/kit/graphql-context.js';
import type { Page } from '../../../kernel/page.js';
import { ContactType } from '../../contact/index.js';
import { SubaccountType } from '../../tenancy/index.js';
import { PipelineType, StageType } from '../pipeline.types.js';
import type { Deal } from './deal.entity.js';
import { DealConnectionArgs } from './deal.inputs.types.js';
import type { DealOwnerKey } from './deal.queries.js';
import type { DealReader } from './deal.reader.js';
import type { DealTotal } from './deal.totals.js';
import { DealConnection, DealTotalType, DealType } from './deal.types.js';

@Resolver(() => StageType)
export class StageDealsResolver {
  readonly #reader: DealReader;

  constructor(reader: DealReader) {
    this.#reader = reader;
  }

  @Access('deal:read')
  @FieldResolver(() => DealConnection, {
    description: 'The deals in it, in the order that people gave them.',
  })
  async deals(
    @Root() { stage }: StageType,
    @Args(() => DealConnectionArgs) args: DealConnectionArgs,
    @Ctx() context: GraphqlContext,
  ): Promise<Connection<DealType>> {
    const load = (ids: readonly string[]) =>
      this.#reader.listBoard(context.ctx, ids, args, args.filter?.toFilter());
    const name = `board ${JSON.stringify(args)}`;
    return toConnection(await context.loader<string, Page<Deal>>(name, load).load(stage.id), wrap);
  }

  @Access('deal:read')
  @FieldResolver(() => [DealTotalType], { description: 'What its deals come to, by owner and currency.' })
  async totals(@Root() { stage }: StageType, @Ctx() context: GraphqlContext): Promise<DealTotalType[]> {
    const totals = await loadTotals(context, this.#reader, stage.pipelineId);
    return totals.filter(({ stageId }) => stageId === stage.id).map((total) => new DealTotalType(total));
  }
}

@Resolver(() => PipelineType)
export class PipelineDealsResolver {
  readonly #reader: DealReader;

  constructor(reader: DealReader) {
    this.#reader = reader;
  }

  @Access('deal:read')
  @FieldResolver(() => DealConnection, { description: 'The deals in it, newest first.' })
  async deals(
    @Root() { pipeline }: PipelineType,
    @Args(() => DealConnectionArgs) args: DealConnectionArgs,
    @Ctx() context: GraphqlContext,
  ): Promise<Connection<DealType>> {
    return loadPage(context, this.#reader, { key: 'pipelineId', id: pipeline.id }, args);
  }

  @Access('deal:read')
  @FieldResolver(() => [DealTotalType], {
    description: 'What its deals come to, by stage, owner and currency.',
  })
  async totals(@Root() { pipeline }: PipelineType, @Ctx() context: GraphqlContext): Promise<DealTotalType[]> {
    return (await loadTotals(context, this.#reader, pipeline.id)).map((total) => new DealTotalType(total));
  }
}

@Resolver(() => SubaccountType)
export class SubaccountDealsResolver {
  readonly #reader: DealReader;

  constructor(reader: DealReader) {
    this.#reader = reader;
  }

  @Access('deal:read')
  @FieldResolver(() => DealConnection, { description: 'Its deals, newest first.' })
  async deals(
    @Root() { subaccount }: SubaccountType,
    @Args(() => DealConnectionArgs) args: DealConnectionArgs,
    @Ctx() context: GraphqlContext,
  ): Promise<Connection<DealType>> {
    return loadPage(context, this.#reader, { key: 'subaccountId', id: subaccount.id }, args);
  }
}

@Resolver(() => ContactType)
export class ContactDealsResolver {
  readonly #reader: DealReader;

  constructor(reader: DealReader) {
    this.#reader = reader;
  }

  @Access('deal:read')
  @FieldResolver(() => DealConnection, { description: 'Deals with this person, newest first.' })
  async deals(
    @Root() { contact }: ContactType,
    @Args(() => DealConnectionArgs) args: DealConnectionArgs,
    @Ctx() context: GraphqlContext,
  ): Promise<Connection<DealType>> {
    return loadPage(context, this.#reader, { key: 'contactId', id: contact.id }, args);
  }
}

/** Lists of the same shape inside of one list are read together. */
async function loadPage(
  context: GraphqlContext,
  reader: DealReader,
  { key, id }: { readonly key: DealOwnerKey; readonly id: string },
  args: DealConnectionArgs,
): Promise<Connection<DealType>> {
  const load = (ids: readonly string[]) =>
    reader.listOfEach(context.ctx, { key, ids }, args, args.filter?.toFilter());
  const name = `deals by ${key} ${JSON.stringify(args)}`;
  return toConnection(await context.loader<string, Page<Deal>>(name, load).load(id), wrap);
}

async function loadTotals(
  context: GraphqlContext,
  reader: DealReader,
  pipelineId: string,
): Promise<readonly DealTotal[]> {
  const load = async (ids: readonly string[]): Promise<DealTotal[][]> => {
    const totals = Map.groupBy(await reader.sum(context.ctx, ids), (total) => total.pipelineId);
    return ids.map((id) => totals.get(id) ?? []);
  };
  return context.loader<string, DealTotal[]>('totals of pipelines', load).load(pipelineId);
}

const wrap = (deal: Deal): DealType => new DealType(deal);
