import 'reflect-metadata';
import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { Access } from '../../../graphql/kit/access.js';
import type { GraphqlContext } from '../../../graphql/kit/graphql-context.js';
import { fromPublicId } from '../../../kernel/ids.js';
import { ContactType } from '../../contact/index.js';
import { DeviceType } from '../../device/index.js';
import type { MessageReader } from '../message/message.reader.js';
import { loadDeviceOfMessage } from '../message/message.resolver.js';
import { MessageType } from '../message/message.types.js';
import type { ContactRoutingService } from './contact-routing.service.js';
import { MessageRoutingType, SetFavouriteDeviceInput, SetFavouriteDevicePayload } from './routing.types.js';

@Resolver(() => MessageType)
export class MessageRoutingResolver {
  readonly #reader: MessageReader;

  constructor(reader: MessageReader) {
    this.#reader = reader;
  }

  @Access('message:read')
  @FieldResolver(() => MessageRoutingType, {
    nullable: true,
    description: 'How it came to its device; null for what was received, or typed on the phone.',
  })
  async routing(
    @Root() { message }: MessageType,
    @Ctx() context: GraphqlContext,
  ): Promise<MessageRoutingType | null> {
    if (message.routingRule == null) return null;
    const device = await loadDeviceOfMessage(context, this.#reader, message.deviceId);
    return new MessageRoutingType(new DeviceType(device), message.routingRule);
  }
}

@Resolver(() => ContactType)
export class ContactRoutingResolver {
  readonly #routing: ContactRoutingService;

  constructor(routing: ContactRoutingService) {
    this.#routing = routing;
  }

  @Access('contact:update')
  @Mutation(() => SetFavouriteDevicePayload, {
    description:
      'Names the device that a contact is written to from, where the person wrote to no number themselves.',
  })
  async setFavouriteDevice(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => SetFavouriteDeviceInput, { description: 'Which contact and device.' })
    input: SetFavouriteDeviceInput,
  ): Promise<SetFavouriteDevicePayload> {
    const contactId = fromPublicId('Contact', input.contactId, 'input.contactId');
    const deviceId = input.deviceId == null ? null : fromPublicId('Device', input.deviceId, 'input.deviceId');
    return new SetFavouriteDevicePayload(await this.#routing.setFavourite(ctx, contactId, deviceId));
  }

  @Access('contact:read')
  @FieldResolver(() => DeviceType, {
    nullable: true,
    description: 'The device that people chose for this contact.',
  })
  async favouriteDevice(
    @Root() { contact }: ContactType,
    @Ctx() context: GraphqlContext,
  ): Promise<object | null> {
    const id = contact.favouriteDeviceId ?? null;
    return id === null ? null : context.nodes.findVisible(context, 'Device', id);
  }

  @Access('contact:read')
  @FieldResolver(() => DeviceType, {
    nullable: true,
    description:
      'The device of the number that the person last began to write to; it goes before the favourite.',
  })
  async stickyDevice(
    @Root() { contact }: ContactType,
    @Ctx() context: GraphqlContext,
  ): Promise<object | null> {
    const load = async (ids: readonly string[]): Promise<(string | null)[]> => {
      const devices = await this.#routing.findStickyDevices(context.ctx, ids);
      return ids.map((id) => devices.get(id) ?? null);
    };
    const id = await context.loader<string, string | null>('sticky devices', load).load(contact.id);
    return id === null ? null : context.nodes.findVisible(context, 'Device', id);
  }
}
