import 'reflect-metadata';
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { Access } from '../../../graphql/kit/access.js';
import { inOrderOf } from '../../../graphql/kit/graphql-context.js';
import type { GraphqlContext } from '../../../graphql/kit/graphql-context.js';
import { DateTime } from '../../../graphql/kit/scalars.js';
import type { Clock } from '../../../kernel/clock.js';
import type { Conversation } from '../conversation/conversation.entity.js';
import { WaitReasonEnum } from './message.enums.types.js';
import type { MessageReader } from './message.reader.js';
import { loadDeviceOfMessage } from './message.resolver.js';
import { MessageType } from './message.types.js';
import { waitOf } from './message.waiting.js';
import type { Wait, WaitReason } from './message.waiting.js';

@Resolver(() => MessageType)
export class MessageWaitResolver {
  readonly #reader: MessageReader;
  readonly #clock: Clock;

  constructor(options: { readonly reader: MessageReader; readonly clock: Clock }) {
    this.#reader = options.reader;
    this.#clock = options.clock;
  }

  @Access('message:read')
  @FieldResolver(() => WaitReasonEnum, {
    nullable: true,
    description: 'Why it has not left yet; null when it does not wait, or only for its time or its turn.',
  })
  async waitingFor(@Root() root: MessageType, @Ctx() context: GraphqlContext): Promise<WaitReason | null> {
    return (await this.#waitOf(root, context))?.reason ?? null;
  }

  @Access('message:read')
  @FieldResolver(() => DateTime, {
    nullable: true,
    description:
      'The earliest time at which it may leave, as far as is known; null when nothing is left to do.',
  })
  async dueAt(@Root() root: MessageType, @Ctx() context: GraphqlContext): Promise<Date | null> {
    return (await this.#waitOf(root, context))?.until ?? null;
  }

  async #waitOf({ message }: MessageType, context: GraphqlContext): Promise<Wait | null> {
    if (!message.isWaiting) return null;
    const conversations = context.loader<string, Conversation | null>('conversation of waits', async (ids) =>
      inOrderOf(ids, await this.#reader.findConversations(context.ctx, ids), ({ id }) => id),
    );
    const [device, conversation] = await Promise.all([
      loadDeviceOfMessage(context, this.#reader, message.deviceId),
      conversations.load(message.conversationId),
    ]);
    if (conversation === null) throw new Error('a message has no conversation');
    return waitOf(message, { device, conversation }, this.#clock.now());
  }
}
