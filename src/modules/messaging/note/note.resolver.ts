import 'reflect-metadata';
import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Resolver, Root } from 'type-graphql';
import { Access } from '../../../graphql/kit/access.js';
import { ConnectionArgs, toConnection } from '../../../graphql/kit/connection.js';
import type { Connection } from '../../../graphql/kit/connection.js';
import type { GraphqlContext } from '../../../graphql/kit/graphql-context.js';
import { inOrderOf } from '../../../graphql/kit/graphql-context.js';
import type { NodeFetcher, ProvidesNodes } from '../../../graphql/kit/node.js';
import { DeletePayloadType } from '../../../graphql/kit/payload.types.js';
import { fromPublicId, toPublicId } from '../../../kernel/ids.js';
import type { Page } from '../../../kernel/page.js';
import { UserType } from '../../identity/index.js';
import { ConversationType } from '../conversation/conversation.types.js';
import type { ConversationNote } from './note.entity.js';
import type { NoteService } from './note.service.js';
import {
  ConversationNoteConnection,
  ConversationNoteInput,
  ConversationNotePayload,
  ConversationNoteType,
  CreateConversationNoteInput,
} from './note.types.js';

@Resolver(() => ConversationNoteType)
export class ConversationNoteResolver implements ProvidesNodes {
  readonly nodeFetchers: { readonly ConversationNote: NodeFetcher };
  readonly #notes: NoteService;

  constructor(notes: NoteService) {
    this.#notes = notes;
    this.nodeFetchers = {
      ConversationNote: {
        action: 'conversation_note:read',
        fetch: async (ctx, ids) =>
          inOrderOf(ids, await notes.findAll(ctx, ids), (row) => row.id).map((row) =>
            row === null ? null : new ConversationNoteType(row),
          ),
      },
    };
  }

  @Access('conversation_note:create')
  @Mutation(() => ConversationNotePayload, {
    description: 'Writes a note about a conversation, which the person never sees.',
  })
  async createConversationNote(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => CreateConversationNoteInput, { description: 'The new note.' })
    input: CreateConversationNoteInput,
  ): Promise<ConversationNotePayload> {
    return new ConversationNotePayload(await this.#notes.create(ctx, input.toRequest()));
  }

  @Access('conversation_note:create')
  @Mutation(() => DeletePayloadType, {
    description: 'Deletes a note: one’s own, or with the action conversation_note:delete anybody’s.',
  })
  async deleteConversationNote(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => ConversationNoteInput, { description: 'Which note.' }) input: ConversationNoteInput,
  ): Promise<DeletePayloadType> {
    const { conversationNoteId: id } = input;
    await this.#notes.delete(ctx, fromPublicId('ConversationNote', id, 'input.conversationNoteId'));
    return new DeletePayloadType(id);
  }

  @Access('conversation_note:read')
  @FieldResolver(() => UserType, {
    nullable: true,
    description: 'The user who wrote it; also null for callers that may not read users.',
  })
  async author(
    @Root() { note }: ConversationNoteType,
    @Ctx() context: GraphqlContext,
  ): Promise<object | null> {
    return note.authorId == null ? null : context.nodes.findVisible(context, 'User', note.authorId);
  }

  @Access('conversation_note:read')
  @FieldResolver(() => [ID], { description: 'The users whom it names.' })
  async mentionedUserIds(
    @Root() { note }: ConversationNoteType,
    @Ctx() context: GraphqlContext,
  ): Promise<string[]> {
    const load = async (ids: readonly string[]): Promise<string[][]> => {
      const mentions = await this.#notes.findMentions(context.ctx, ids);
      return ids.map((id) => mentions.get(id) ?? []);
    };
    const userIds = await context.loader<string, string[]>('mentions of notes', load).load(note.id);
    return userIds.map((id) => toPublicId('User', id));
  }
}

@Resolver(() => ConversationType)
export class ConversationNotesResolver {
  readonly #notes: NoteService;

  constructor(notes: NoteService) {
    this.#notes = notes;
  }

  @Access('conversation_note:read')
  @FieldResolver(() => ConversationNoteConnection, {
    description: 'What colleagues told each other about it, newest first.',
  })
  async notes(
    @Root() { conversation }: ConversationType,
    @Args(() => ConnectionArgs) args: ConnectionArgs,
    @Ctx() context: GraphqlContext,
  ): Promise<Connection<ConversationNoteType>> {
    const load = (ids: readonly string[]) => this.#notes.listOfEach(context.ctx, ids, args);
    const name = `notes ${JSON.stringify(args)}`;
    const page = await context.loader<string, Page<ConversationNote>>(name, load).load(conversation.id);
    return toConnection(page, (note) => new ConversationNoteType(note));
  }
}
