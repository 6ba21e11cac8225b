import 'reflect-metadata';
import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { Access } from '../../graphql/kit/access.js';
import { ConnectionArgs, toConnection } from '../../graphql/kit/connection.js';
import type { Connection } from '../../graphql/kit/connection.js';
import { inOrderOf } from '../../graphql/kit/graphql-context.js';
import type { GraphqlContext } from '../../graphql/kit/graphql-context.js';
import type { NodeFetcher, ProvidesNodes } from '../../graphql/kit/node.js';
import { DeletePayloadType } from '../../graphql/kit/payload.types.js';
import { fromPublicId } from '../../kernel/ids.js';
import { SubaccountType } from '../tenancy/index.js';
import { pageOf } from './automation.queries.js';
import type { AutomationSecrets } from './automation.secrets.js';
import type { AutomationService } from './automation.service.js';
import type { AutomationTemplateService } from './automation.template.js';
import {
  AutomationConnection,
  AutomationInput,
  AutomationPayload,
  AutomationSecretPayload,
  AutomationType,
  CreateAutomationFromTemplateInput,
  CreateAutomationInput,
  ReorderAutomationsInput,
  ReorderAutomationsPayload,
  UpdateAutomationInput,
} from './automation.types.js';

@Resolver(() => AutomationType)
export class AutomationResolver implements ProvidesNodes {
  readonly nodeFetchers: { readonly Automation: NodeFetcher };
  readonly #automations: AutomationService;
  readonly #templates: AutomationTemplateService;
  readonly #secrets: AutomationSecrets;

  constructor(
    automations: AutomationService,
    templates: AutomationTemplateService,
    secrets: AutomationSecrets,
  ) {
    this.#automations = automations;
    this.#templates = templates;
    this.#secrets = secrets;
    this.nodeFetchers = {
      Automation: {
        action: 'automation:read',
        fetch: async (ctx, ids) =>
          inOrderOf(ids, await automations.findAll(ctx, ids), ({ id }) => id).map((row) =>
            row === null ? null : new AutomationType(row),
          ),
      },
    };
  }

  @Access('automation:read')
  @Query(() => AutomationType, { description: 'One automation.' })
  async automation(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
  ): Promise<AutomationType> {
    return new AutomationType(await this.#automations.get(ctx, fromPublicId('Automation', id)));
  }

  @Access('automation:create')
  @Mutation(() => AutomationSecretPayload, {
    description:
      'Adds an automation to a subaccount. Whoever does must be allowed what its steps do. It sees what happens from then on.',
  })
  async createAutomation(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => CreateAutomationInput, { description: 'The new automation.' })
    input: CreateAutomationInput,
  ): Promise<AutomationSecretPayload> {
    const automation = await this.#automations.create(ctx, input.toRequest());
    return new AutomationSecretPayload(automation, this.#secrets.show(automation));
  }

  @Access('automation:update')
  @Mutation(() => AutomationSecretPayload, {
    description: 'Gives an automation another URL and signing secret; the old ones are good no more.',
  })
  async rotateAutomationSecret(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => AutomationInput, { description: 'Which automation.' }) input: AutomationInput,
  ): Promise<AutomationSecretPayload> {
    const automation = await this.#automations.rotateSecret(ctx, idOf(input));
    return new AutomationSecretPayload(automation, this.#secrets.show(automation));
  }

  @Access('automation:create')
  @Mutation(() => AutomationPayload, {
    description: 'Adds an automation that is ready to be used, with what it needs.',
  })
  async createAutomationFromTemplate(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => CreateAutomationFromTemplateInput, { description: 'Which one, and where.' })
    { subaccountId, template, pipelineId }: CreateAutomationFromTemplateInput,
  ): Promise<AutomationPayload> {
    const automation = await this.#templates.create(ctx, {
      template,
      subaccountId: fromPublicId('Subaccount', subaccountId, 'input.subaccountId'),
      pipelineId: pipelineId == null ? null : fromPublicId('Pipeline', pipelineId, 'input.pipelineId'),
    });
    return new AutomationPayload(automation);
  }

  @Access('automation:update')
  @Mutation(() => AutomationPayload, {
    description: 'Changes an automation, or switches it on or off. What it began goes on with its old steps.',
  })
  async updateAutomation(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => UpdateAutomationInput, { description: 'What to change.' })
    input: UpdateAutomationInput,
  ): Promise<AutomationPayload> {
    return new AutomationPayload(await this.#automations.update(ctx, idOf(input), input.toChanges()));
  }

  @Access('automation:update')
  @Mutation(() => ReorderAutomationsPayload, {
    description: 'Says in which order the automations of a subaccount are looked at.',
  })
  async reorderAutomations(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => ReorderAutomationsInput, { description: 'The new order.' })
    { subaccountId, automationIds }: ReorderAutomationsInput,
  ): Promise<ReorderAutomationsPayload> {
    const place = fromPublicId('Subaccount', subaccountId, 'input.subaccountId');
    const ids = automationIds.map((id, index) =>
      fromPublicId('Automation', id, `input.automationIds.${index}`),
    );
    return new ReorderAutomationsPayload(await this.#automations.reorder(ctx, place, ids));
  }

  @Access('automation:delete')
  @Mutation(() => DeletePayloadType, {
    description: 'Deletes an automation; what it began ends at its next step.',
  })
  async deleteAutomation(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => AutomationInput, { description: 'Which automation.' }) input: AutomationInput,
  ): Promise<DeletePayloadType> {
    await this.#automations.delete(ctx, idOf(input));
    return new DeletePayloadType(input.automationId);
  }
}

@Resolver(() => SubaccountType)
export class SubaccountAutomationsResolver {
  readonly #automations: AutomationService;

  constructor(automations: AutomationService) {
    this.#automations = automations;
  }

  @Access('automation:read')
  @FieldResolver(() => AutomationConnection, { description: 'Its automations, in their order.' })
  async automations(
    @Root() { subaccount }: SubaccountType,
    @Args(() => ConnectionArgs) args: ConnectionArgs,
    @Ctx() { ctx }: GraphqlContext,
  ): Promise<Connection<AutomationType>> {
    const page = pageOf(await this.#automations.list(ctx, subaccount.id), args);
    return toConnection(page, (automation) => new AutomationType(automation));
  }
}

function idOf(input: AutomationInput | UpdateAutomationInput): string {
  return fromPublicId('Automation', input.automationId, 'input.automationId');
}
