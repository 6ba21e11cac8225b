import 'reflect-metadata';
import { Arg, Args, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { Access } from '../../../graphql/kit/access.js';
import { ConnectionArgs, toConnection } from '../../../graphql/kit/connection.js';
import type { Connection } from '../../../graphql/kit/connection.js';
import type { GraphqlContext } from '../../../graphql/kit/graphql-context.js';
import { inOrderOf } from '../../../graphql/kit/graphql-context.js';
import type { NodeFetcher, ProvidesNodes } from '../../../graphql/kit/node.js';
import { DeletePayloadType } from '../../../graphql/kit/payload.types.js';
import { fromPublicId } from '../../../kernel/ids.js';
import type { Page } from '../../../kernel/page.js';
import { ContactType } from '../contact.types.js';
import type { ContactNote } from './contact-note.entity.js';
import type { ContactNoteService } from './contact-note.service.js';
import {
  AddContactNoteInput,
  ContactNoteConnection,
  ContactNoteInput,
  ContactNotePayload,
  ContactNoteType,
  UpdateContactNoteInput,
} from './contact-note.types.js';

const INPUT = { description: 'The input.' } as const;

@Resolver(() => ContactType)
export class ContactNoteResolver implements ProvidesNodes {
  readonly nodeFetchers: { readonly ContactNote: NodeFetcher };
  readonly #notes: ContactNoteService;

  constructor(notes: ContactNoteService) {
    this.#notes = notes;
    this.nodeFetchers = {
      ContactNote: {
        action: 'contact:read',
        fetch: async (ctx, ids) =>
          inOrderOf(ids, await notes.findAll(ctx, ids), (row) => row.id).map((row) =>
            row === null ? null : new ContactNoteType(row),
          ),
      },
    };
  }

  @Access('contact:read')
  @FieldResolver(() => ContactNoteConnection, { description: 'Notes about it, newest first.' })
  async notes(
    @Root() { contact }: ContactType,
    @Args(() => ConnectionArgs) args: ConnectionArgs,
    @Ctx() context: GraphqlContext,
  ): Promise<Connection<ContactNoteType>> {
    const load = (ids: readonly string[]) => this.#notes.listOfEach(context.ctx, ids, args);
    const name = `notes of contacts ${JSON.stringify(args)}`;
    const page = await context.loader<string, Page<ContactNote>>(name, load).load(contact.id);
    return toConnection(page, (note) => new ContactNoteType(note));
  }

  @Access('contact:update')
  @Mutation(() => ContactNotePayload, { description: 'Writes something down about a contact.' })
  async addContactNote(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => AddContactNoteInput, INPUT) input: AddContactNoteInput,
  ): Promise<ContactNotePayload> {
    const contactId = fromPublicId('Contact', input.contactId, 'input.contactId');
    return new ContactNotePayload(await this.#notes.add(ctx, contactId, input.body));
  }

  @Access('contact:update')
  @Mutation(() => ContactNotePayload, { description: 'Changes a note of one’s own.' })
  async updateContactNote(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => UpdateContactNoteInput, INPUT) input: UpdateContactNoteInput,
  ): Promise<ContactNotePayload> {
    return new ContactNotePayload(await this.#notes.update(ctx, idOf(input), input.body));
  }

  @Access('contact:update')
  @Mutation(() => DeletePayloadType, {
    description: 'Deletes a note of one’s own; any, for who may delete contacts.',
  })
  async deleteContactNote(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => ContactNoteInput, INPUT) input: ContactNoteInput,
  ): Promise<DeletePayloadType> {
    await this.#notes.delete(ctx, idOf(input));
    return new DeletePayloadType(input.contactNoteId);
  }
}

function idOf({ contactNoteId }: ContactNoteInput | UpdateContactNoteInput): string {
  return fromPublicId('ContactNote', contactNoteId, 'input.contactNoteId');
}
