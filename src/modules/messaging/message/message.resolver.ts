import 'reflect-metadata';
import { Arg, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { Access } from '../../../graphql/kit/access.js';
import type { GraphqlContext } from '../../../graphql/kit/graphql-context.js';
import { inOrderOf } from '../../../graphql/kit/graphql-context.js';
import type { NodeFetcher, ProvidesNodes } from '../../../graphql/kit/node.js';
import { fromPublicId } from '../../../kernel/ids.js';
import { DeviceType } from '../../device/index.js';
import type { Device } from '../../device/index.js';
import { ConversationType } from '../conversation/conversation.types.js';
import type { Media } from '../media/media.entity.js';
import type { MediaLinks } from '../media/media-links.js';
import { MediaType } from '../media/media.types.js';
import type { MessageAttempt } from '../outbound/attempt.entity.js';
import { MessageInput, MessagePayload, SendMessageInput, SendMessagePayload } from './message.input.types.js';
import type { MessageReader } from './message.reader.js';
import type { MessageService } from './message.service.js';
import { MessageAttemptType, MessageType } from './message.types.js';

const INPUT = { description: 'The input.' } as const;

@Resolver(() => MessageType)
export class MessageResolver implements ProvidesNodes {
  readonly nodeFetchers: { readonly Message: NodeFetcher };
  readonly #messages: MessageService;
  readonly #reader: MessageReader;
  readonly #links: MediaLinks;

  constructor(options: {
    readonly messages: MessageService;
    readonly reader: MessageReader;
    readonly mediaLinks: MediaLinks;
  }) {
    this.#messages = options.messages;
    this.#reader = options.reader;
    this.#links = options.mediaLinks;
    this.nodeFetchers = {
      Message: {
        action: 'message:read',
        fetch: async (ctx, ids) =>
          inOrderOf(ids, await this.#reader.findAll(ctx, ids), (message) => message.id).map((message) =>
            message === null ? null : new MessageType(message),
          ),
      },
    };
  }

  @Access('message:read')
  @Query(() => MessageType, { description: 'One message.' })
  async message(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
  ): Promise<MessageType> {
    return new MessageType(await this.#reader.get(ctx, fromPublicId('Message', id)));
  }

  @Access('message:send')
  @Mutation(() => SendMessagePayload, {
    description: 'Accepts a message. It is sent in the background; follow it by its status.',
  })
  async sendMessage(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => SendMessageInput, INPUT) input: SendMessageInput,
  ): Promise<SendMessagePayload> {
    const { message, replayed } = await this.#messages.accept(ctx, input.toRequest());
    return new SendMessagePayload(new MessageType(message), replayed);
  }

  @Access('message:send')
  @Mutation(() => MessagePayload, { description: 'Takes back a message that still waits.' })
  async cancelMessage(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => MessageInput, INPUT) input: MessageInput,
  ): Promise<MessagePayload> {
    const id = fromPublicId('Message', input.messageId, 'input.messageId');
    return new MessagePayload(new MessageType(await this.#messages.cancel(ctx, id)));
  }

  @Access('message:send')
  @Mutation(() => MessagePayload, {
    description:
      'Sends the content of a message that ended unsent as a new message, when nobody can have received the first.',
  })
  async retryMessage(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => MessageInput, INPUT) input: MessageInput,
  ): Promise<MessagePayload> {
    const id = fromPublicId('Message', input.messageId, 'input.messageId');
    return new MessagePayload(new MessageType(await this.#messages.retry(ctx, id)));
  }

  @Access('message:read')
  @FieldResolver(() => DeviceType, { description: 'The device that sent or received it.' })
  async device(@Root() { message }: MessageType, @Ctx() context: GraphqlContext): Promise<DeviceType> {
    return new DeviceType(await loadDeviceOfMessage(context, this.#reader, message.deviceId));
  }

  @Access('message:read')
  @FieldResolver(() => ConversationType, { description: 'The conversation that it belongs to.' })
  async conversation(
    @Root() { message }: MessageType,
    @Ctx() context: GraphqlContext,
  ): Promise<object | null> {
    return context.nodes.find(context, 'Conversation', message.conversationId);
  }

  @Access('message:read')
  @FieldResolver(() => MediaType, { nullable: true, description: 'Its file.' })
  async media(@Root() { message }: MessageType, @Ctx() context: GraphqlContext): Promise<MediaType | null> {
    const load = async (ids: readonly string[]) =>
      inOrderOf(ids, await this.#reader.findMedia(context.ctx, ids), (media) => media.messageId);
    const media = await context.loader<string, Media | null>('media of messages', load).load(message.id);
    return media === null ? null : new MediaType(media, this.#links.urlOf(media));
  }

  @Access('message:read')
  @FieldResolver(() => [MessageAttemptType], { description: 'Every try to send it, the first one first.' })
  async attempts(
    @Root() { message }: MessageType,
    @Ctx() context: GraphqlContext,
  ): Promise<MessageAttemptType[]> {
    const load = async (ids: readonly string[]) => {
      const attempts = await this.#reader.findAttempts(context.ctx, ids);
      return ids.map((id) => attempts.filter((attempt) => attempt.messageId === id));
    };
    const attempts = await context
      .loader<string, MessageAttempt[]>('attempts of messages', load)
      .load(message.id);
    return attempts.map((attempt) => new MessageAttemptType(attempt));
  }
}

/** Devices of many messages in one statement, deleted ones too: their messages stay. */
export async function loadDeviceOfMessage(
  context: GraphqlContext,
  reader: MessageReader,
  deviceId: string,
): Promise<Device> {
  const load = async (ids: readonly string[]) =>
    inOrderOf(ids, await reader.findDevices(context.ctx, ids), (device) => device.id);
  const device = await context.loader<string, Device | null>('device of messages', load).load(deviceId);
  if (device === null) throw new Error('a message has no device');
  return device;
}
