import 'reflect-metadata';
import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { Access } from '../../../graphql/kit/access.js';
import { toConnection } from '../../../graphql/kit/connection.js';
import type { Connection } from '../../../graphql/kit/connection.js';
import { inOrderOf } from '../../../graphql/kit/graphql-context.js';
import type { GraphqlContext } from '../../../graphql/kit/graphql-context.js';
import type { NodeFetcher, ProvidesNodes } from '../../../graphql/kit/node.js';
import type { Page } from '../../../kernel/page.js';
import { SubaccountType } from '../../tenancy/index.js';
import { AutomationType } from '../automation.types.js';
import type { AutomationRunStep } from './run-step.entity.js';
import type { AutomationRun } from './run.entity.js';
import type { RunOwnerKey } from './run.queries.js';
import type { AutomationRunReader } from './run.reader.js';
import {
  AutomationRunConnection,
  AutomationRunConnectionArgs,
  AutomationRunStepType,
  AutomationRunType,
} from './run.types.js';

@Resolver(() => AutomationRunType)
export class AutomationRunResolver implements ProvidesNodes {
  readonly nodeFetchers: { readonly AutomationRun: NodeFetcher };
  readonly #reader: AutomationRunReader;

  constructor(reader: AutomationRunReader) {
    this.#reader = reader;
    this.nodeFetchers = {
      AutomationRun: {
        action: 'automation:read',
        fetch: async (ctx, ids) =>
          inOrderOf(ids, await reader.findAll(ctx, ids), ({ id }) => id).map((row) =>
            row === null ? null : new AutomationRunType(row),
          ),
      },
    };
  }

  @Access('automation:read')
  @FieldResolver(() => AutomationType, { description: 'The automation, also after it was deleted.' })
  async automation(
    @Root() { run }: AutomationRunType,
    @Ctx() context: GraphqlContext,
  ): Promise<object | null> {
    return context.nodes.find(context, 'Automation', run.automationId);
  }

  @Access('automation:read')
  @FieldResolver(() => [AutomationRunStepType], { description: 'The steps behind it, in their order.' })
  async steps(
    @Root() { run }: AutomationRunType,
    @Ctx() context: GraphqlContext,
  ): Promise<AutomationRunStepType[]> {
    const load = async (ids: readonly string[]): Promise<AutomationRunStep[][]> => {
      const steps = Map.groupBy(await this.#reader.listSteps(context.ctx, ids), ({ runId }) => runId);
      return ids.map((id) => steps.get(id) ?? []);
    };
    const steps = await context.loader<string, AutomationRunStep[]>('steps of runs', load).load(run.id);
    return steps.map((step) => new AutomationRunStepType(step));
  }
}

@Resolver(() => AutomationType)
export class AutomationRunsResolver {
  readonly #reader: AutomationRunReader;

  constructor(reader: AutomationRunReader) {
    this.#reader = reader;
  }

  @Access('automation:read')
  @FieldResolver(() => AutomationRunConnection, { description: 'What it did, newest first.' })
  async runs(
    @Root() { automation }: AutomationType,
    @Args(() => AutomationRunConnectionArgs) args: AutomationRunConnectionArgs,
    @Ctx() context: GraphqlContext,
  ): Promise<Connection<AutomationRunType>> {
    return loadPage(context, this.#reader, { key: 'automationId', id: automation.id }, args);
  }
}

@Resolver(() => SubaccountType)
export class SubaccountAutomationRunsResolver {
  readonly #reader: AutomationRunReader;

  constructor(reader: AutomationRunReader) {
    this.#reader = reader;
  }

  @Access('automation:read')
  @FieldResolver(() => AutomationRunConnection, { description: 'What its automations did, newest first.' })
  async automationRuns(
    @Root() { subaccount }: SubaccountType,
    @Args(() => AutomationRunConnectionArgs) args: AutomationRunConnectionArgs,
    @Ctx() context: GraphqlContext,
  ): Promise<Connection<AutomationRunType>> {
    return loadPage(context, this.#reader, { key: 'subaccountId', id: subaccount.id }, args);
  }
}

async function loadPage(
  context: GraphqlContext,
  reader: AutomationRunReader,
  { key, id }: { readonly key: RunOwnerKey; readonly id: string },
  args: AutomationRunConnectionArgs,
): Promise<Connection<AutomationRunType>> {
  const load = (ids: readonly string[]) =>
    reader.listOfEach(context.ctx, { key, ids }, args, args.filter?.toFilter() ?? {});
  const name = `runs by ${key} ${JSON.stringify(args)}`;
  const page = await context.loader<string, Page<AutomationRun>>(name, load).load(id);
  return toConnection(page, (run) => new AutomationRunType(run));
}
