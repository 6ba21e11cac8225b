import 'reflect-metadata';
import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { Access } from '../../../graphql/kit/access.js';
import type { GraphqlContext } from '../../../graphql/kit/graphql-context.js';
import { fromPublicId } from '../../../kernel/ids.js';
import { SubaccountType } from '../../tenancy/index.js';
import type { ContactSettingsService } from './contact-settings.service.js';
import {
  ContactSettingsPayload,
  ContactSettingsType,
  UpdateContactSettingsInput,
} from './contact-settings.types.js';

@Resolver(() => SubaccountType)
export class ContactSettingsResolver {
  readonly #settings: ContactSettingsService;

  constructor(settings: ContactSettingsService) {
    this.#settings = settings;
  }

  @Access('contact:read')
  @FieldResolver(() => ContactSettingsType, { description: 'How it treats its contacts.' })
  async contactSettings(
    @Root() { subaccount }: SubaccountType,
    @Ctx() { ctx }: GraphqlContext,
  ): Promise<ContactSettingsType> {
    return new ContactSettingsType(await this.#settings.get(ctx, subaccount.id));
  }

  @Access('contact:configure')
  @Mutation(() => ContactSettingsPayload, {
    description: 'Chooses the words with which people opt out and in.',
  })
  async updateContactSettings(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => UpdateContactSettingsInput, { description: 'The input.' })
    input: UpdateContactSettingsInput,
  ): Promise<ContactSettingsPayload> {
    const subaccountId = fromPublicId('Subaccount', input.subaccountId, 'input.subaccountId');
    return new ContactSettingsPayload(await this.#settings.update(ctx, subaccountId, input.toChanges()));
  }
}
