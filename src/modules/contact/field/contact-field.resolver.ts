import 'reflect-metadata';
import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { Access } from '../../../graphql/kit/access.js';
import type { GraphqlContext } from '../../../graphql/kit/graphql-context.js';
import { inOrderOf } from '../../../graphql/kit/graphql-context.js';
import type { NodeFetcher, ProvidesNodes } from '../../../graphql/kit/node.js';
import { DeletePayloadType } from '../../../graphql/kit/payload.types.js';
import { fromPublicId } from '../../../kernel/ids.js';
import { SubaccountType } from '../../tenancy/index.js';
import type { ContactReader } from '../contact.reader.js';
import { ContactType } from '../contact.types.js';
import type { ContactFieldService } from './contact-field.service.js';
import {
  ContactFieldInput,
  ContactFieldPayload,
  ContactFieldType,
  ContactFieldValueType,
  CreateContactFieldInput,
  UpdateContactFieldInput,
} from './contact-field.types.js';

const INPUT = { description: 'The input.' } as const;

@Resolver(() => SubaccountType)
export class ContactFieldResolver implements ProvidesNodes {
  readonly nodeFetchers: { readonly ContactField: NodeFetcher };
  readonly #fields: ContactFieldService;

  constructor(fields: ContactFieldService) {
    this.#fields = fields;
    this.nodeFetchers = {
      ContactField: {
        action: 'contact:read',
        fetch: async (ctx, ids) =>
          inOrderOf(ids, await fields.findAll(ctx, ids), (row) => row.id).map((row) =>
            row === null ? null : new ContactFieldType(row),
          ),
      },
    };
  }

  @Access('contact:read')
  @FieldResolver(() => [ContactFieldType], {
    description: 'What it wants to know of contacts, oldest first.',
  })
  async contactFields(
    @Root() { subaccount }: SubaccountType,
    @Ctx() { ctx }: GraphqlContext,
  ): Promise<ContactFieldType[]> {
    return (await this.#fields.list(ctx, subaccount.id)).map((field) => new ContactFieldType(field));
  }

  @Access('contact:configure')
  @Mutation(() => ContactFieldPayload, { description: 'Adds a contact field.' })
  async createContactField(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => CreateContactFieldInput, INPUT) input: CreateContactFieldInput,
  ): Promise<ContactFieldPayload> {
    return new ContactFieldPayload(await this.#fields.create(ctx, input.toRequest()));
  }

  @Access('contact:configure')
  @Mutation(() => ContactFieldPayload, { description: 'Changes a contact field.' })
  async updateContactField(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => UpdateContactFieldInput, INPUT) input: UpdateContactFieldInput,
  ): Promise<ContactFieldPayload> {
    return new ContactFieldPayload(await this.#fields.update(ctx, idOf(input), input.toChanges()));
  }

  @Access('contact:configure')
  @Mutation(() => DeletePayloadType, {
    description: 'Deletes a contact field with all that contacts have in it.',
  })
  async deleteContactField(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => ContactFieldInput, INPUT) input: ContactFieldInput,
  ): Promise<DeletePayloadType> {
    await this.#fields.delete(ctx, idOf(input));
    return new DeletePayloadType(input.contactFieldId);
  }
}

@Resolver(() => ContactType)
export class ContactFieldValuesResolver {
  readonly #reader: ContactReader;

  constructor(reader: ContactReader) {
    this.#reader = reader;
  }

  @Access('contact:read')
  @FieldResolver(() => [ContactFieldValueType], {
    description: 'What is known of it in the fields of the subaccount; fields without a value are left out.',
  })
  async fields(
    @Root() { contact }: ContactType,
    @Ctx() context: GraphqlContext,
  ): Promise<ContactFieldValueType[]> {
    const load = async (ids: readonly string[]): Promise<ContactFieldValueType[][]> => {
      const values = Map.groupBy(await this.#reader.findValues(context.ctx, ids), (each) => each.contactId);
      return ids.map((id) =>
        (values.get(id) ?? []).map(({ field, value }) => new ContactFieldValueType(field, value)),
      );
    };
    return context.loader<string, ContactFieldValueType[]>('fields of contacts', load).load(contact.id);
  }
}

function idOf({ contactFieldId }: ContactFieldInput | UpdateContactFieldInput): string {
  return fromPublicId('ContactField', contactFieldId, 'input.contactFieldId');
}
