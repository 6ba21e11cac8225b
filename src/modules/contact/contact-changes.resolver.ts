import 'reflect-metadata';
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { Access } from '../../graphql/kit/access.js';
import type { GraphqlContext } from '../../graphql/kit/graphql-context.js';
import { DeletePayloadType } from '../../graphql/kit/payload.types.js';
import { fromPublicId } from '../../kernel/ids.js';
import {
  ContactInput,
  ContactPayload,
  ContactTagInput,
  MergeContactsInput,
  UpdateContactInput,
  UpsertContactInput,
  UpsertContactPayload,
} from './contact.inputs.types.js';
import type { ContactService } from './contact.service.js';

const INPUT = { description: 'The input.' } as const;

/** What people and their programs do to contacts. */
@Resolver()
export class ContactChangesResolver {
  readonly #contacts: ContactService;

  constructor(contacts: ContactService) {
    this.#contacts = contacts;
  }

  @Access('contact:update')
  @Mutation(() => UpsertContactPayload, {
    description: 'Makes the contact with a number, or changes it; safe to repeat.',
  })
  async upsertContact(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => UpsertContactInput, INPUT) input: UpsertContactInput,
  ): Promise<UpsertContactPayload> {
    return new UpsertContactPayload(await this.#contacts.upsert(ctx, input.toRequest()));
  }

  @Access('contact:update')
  @Mutation(() => ContactPayload, { description: 'Changes a contact, unless somebody else did meanwhile.' })
  async updateContact(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => UpdateContactInput, INPUT) input: UpdateContactInput,
  ): Promise<ContactPayload> {
    return new ContactPayload(await this.#contacts.update(ctx, idOf(input), input.toChanges()));
  }

  @Access('contact:update')
  @Mutation(() => ContactPayload, { description: 'Adds a tag, if the contact does not have it.' })
  async addContactTag(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => ContactTagInput, INPUT) input: ContactTagInput,
  ): Promise<ContactPayload> {
    return new ContactPayload(await this.#contacts.addTag(ctx, idOf(input), input.tag));
  }

  @Access('contact:update')
  @Mutation(() => ContactPayload, { description: 'Takes a tag away, if the contact has it.' })
  async removeContactTag(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => ContactTagInput, INPUT) input: ContactTagInput,
  ): Promise<ContactPayload> {
    return new ContactPayload(await this.#contacts.removeTag(ctx, idOf(input), input.tag));
  }

  @Access('contact:update')
  @Mutation(() => ContactPayload, {
    description: 'The person wants no messages that nobody typed: automations no longer write to them.',
  })
  async optOutContact(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => ContactInput, INPUT) input: ContactInput,
  ): Promise<ContactPayload> {
    return new ContactPayload(await this.#contacts.optOut(ctx, idOf(input)));
  }

  @Access('contact:update')
  @Mutation(() => ContactPayload, { description: 'The person wants such messages again.' })
  async optInContact(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => ContactInput, INPUT) input: ContactInput,
  ): Promise<ContactPayload> {
    return new ContactPayload(await this.#contacts.optIn(ctx, idOf(input)));
  }

  @Access('contact:update')
  @Mutation(() => ContactPayload, {
    description: 'Sends nothing to the person any more. What they write still comes in.',
  })
  async blockContact(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => ContactInput, INPUT) input: ContactInput,
  ): Promise<ContactPayload> {
    return new ContactPayload(await this.#contacts.block(ctx, idOf(input)));
  }

  @Access('contact:update')
  @Mutation(() => ContactPayload, { description: 'Lets messages go to the person again.' })
  async unblockContact(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => ContactInput, INPUT) input: ContactInput,
  ): Promise<ContactPayload> {
    return new ContactPayload(await this.#contacts.unblock(ctx, idOf(input)));
  }

  @Access('contact:merge')
  @Mutation(() => ContactPayload, {
    description:
      'Makes one contact of two that are one person, with the conversations, deals, tags, notes and fields of both. Cannot be undone.',
  })
  async mergeContacts(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => MergeContactsInput, INPUT) input: MergeContactsInput,
  ): Promise<ContactPayload> {
    const mergeId = fromPublicId('Contact', input.mergeContactId, 'input.mergeContactId');
    return new ContactPayload(await this.#contacts.merge(ctx, idOf(input), mergeId));
  }

  @Access('contact:delete')
  @Mutation(() => DeletePayloadType, {
    description: 'Deletes a contact that nobody has written to or dealt with, such as one of an import.',
  })
  async deleteContact(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => ContactInput, INPUT) input: ContactInput,
  ): Promise<DeletePayloadType> {
    await this.#contacts.delete(ctx, idOf(input));
    return new DeletePayloadType(input.contactId);
  }
}

function idOf({
  contactId,
}: ContactInput | UpdateContactInput | ContactTagInput | MergeContactsInput): string {
  return fromPublicId('Contact', contactId, 'input.contactId');
}
