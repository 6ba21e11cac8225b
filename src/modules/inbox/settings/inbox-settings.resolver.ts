import 'reflect-metadata';
import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { Access } from '../../../graphql/kit/access.js';
import type { GraphqlContext } from '../../../graphql/kit/graphql-context.js';
import { fromPublicId } from '../../../kernel/ids.js';
import { SubaccountType } from '../../tenancy/index.js';
import type { InboxSettings } from './inbox-settings.entity.js';
import type { InboxSettingsService } from './inbox-settings.service.js';
import { InboxSettingsPayload, InboxSettingsType, UpdateInboxSettingsInput } from './inbox-settings.types.js';

@Resolver(() => SubaccountType)
export class InboxSettingsResolver {
  readonly #settings: InboxSettingsService;

  constructor(settings: InboxSettingsService) {
    this.#settings = settings;
  }

  @Access('inbox_settings:update')
  @Mutation(() => InboxSettingsPayload, {
    description: 'Changes how a subaccount works on its conversations, unless somebody else did meanwhile.',
  })
  async updateInboxSettings(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => UpdateInboxSettingsInput, { description: 'What to change.' })
    input: UpdateInboxSettingsInput,
  ): Promise<InboxSettingsPayload> {
    const subaccountId = fromPublicId('Subaccount', input.subaccountId, 'input.subaccountId');
    return new InboxSettingsPayload(await this.#settings.update(ctx, subaccountId, input.toChanges()));
  }

  @Access('inbox_settings:read')
  @FieldResolver(() => InboxSettingsType, { description: 'How it works on its conversations.' })
  async inboxSettings(
    @Root() { subaccount }: SubaccountType,
    @Ctx() context: GraphqlContext,
  ): Promise<InboxSettingsType> {
    const load = (ids: readonly string[]) => this.#settings.findOfEach(context.ctx, ids);
    const settings = await context.loader<string, InboxSettings>('inbox settings', load).load(subaccount.id);
    return new InboxSettingsType(settings);
  }
}
