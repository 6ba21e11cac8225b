import 'reflect-metadata';
import { Arg, Args, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { Access } from '../../../graphql/kit/access.js';
import { toConnection } from '../../../graphql/kit/connection.js';
import type { Connection } from '../../../graphql/kit/connection.js';
import { inOrderOf } from '../../../graphql/kit/graphql-context.js';
import type { GraphqlContext } from '../../../graphql/kit/graphql-context.js';
import type { NodeFetcher, ProvidesNodes } from '../../../graphql/kit/node.js';
import { DeletePayloadType } from '../../../graphql/kit/payload.types.js';
import { fromPublicId } from '../../../kernel/ids.js';
import { DeviceType } from '../../device/index.js';
import { SubaccountType } from '../../tenancy/index.js';
import type { WebhookEndpointService } from './endpoint.service.js';
import {
  CreateWebhookEndpointInput,
  RotateWebhookSecretInput,
  UpdateWebhookEndpointInput,
  UpdateWebhookEndpointPayload,
  WebhookEndpointConnection,
  WebhookEndpointConnectionArgs,
  WebhookEndpointInput,
  WebhookEndpointType,
  WebhookSecretPayload,
} from './endpoint.types.js';

const idOf = (input: { readonly webhookEndpointId: string }): string =>
  fromPublicId('WebhookEndpoint', input.webhookEndpointId, 'input.webhookEndpointId');

@Resolver(() => WebhookEndpointType)
export class WebhookEndpointResolver implements ProvidesNodes {
  readonly nodeFetchers: { readonly WebhookEndpoint: NodeFetcher };
  readonly #endpoints: WebhookEndpointService;

  constructor(endpoints: WebhookEndpointService) {
    this.#endpoints = endpoints;
    this.nodeFetchers = {
      WebhookEndpoint: {
        action: 'webhook:read',
        fetch: async (ctx, ids) =>
          inOrderOf(ids, await endpoints.findMany(ctx, ids), ({ id }) => id).map((endpoint) =>
            endpoint === null ? null : new WebhookEndpointType(endpoint),
          ),
      },
    };
  }

  @Access('webhook:create')
  @Mutation(() => WebhookSecretPayload, {
    description: 'Has what happens in a subaccount sent to an address. The secret is shown this once.',
  })
  async createWebhookEndpoint(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => CreateWebhookEndpointInput, { description: 'The new endpoint.' })
    input: CreateWebhookEndpointInput,
  ): Promise<WebhookSecretPayload> {
    const { deviceId, url, topics, dialect, idempotencyKey } = input;
    const created = await this.#endpoints.create(ctx, {
      url,
      topics,
      dialect,
      idempotencyKey,
      subaccountId: fromPublicId('Subaccount', input.subaccountId, 'input.subaccountId'),
      deviceId: deviceId == null ? null : fromPublicId('Device', deviceId, 'input.deviceId'),
    });
    return new WebhookSecretPayload(created);
  }

  @Access('webhook:update')
  @Mutation(() => UpdateWebhookEndpointPayload, {
    description:
      'Changes an endpoint, or switches it on or off. Switched on, it is told what happens from then on.',
  })
  async updateWebhookEndpoint(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => UpdateWebhookEndpointInput, { description: 'What to change.' })
    input: UpdateWebhookEndpointInput,
  ): Promise<UpdateWebhookEndpointPayload> {
    return new UpdateWebhookEndpointPayload(await this.#endpoints.update(ctx, idOf(input), input));
  }

  @Access('webhook:delete')
  @Mutation(() => DeletePayloadType, {
    description: 'Deletes an endpoint; what was left to be delivered to it is given up.',
  })
  async deleteWebhookEndpoint(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => WebhookEndpointInput, { description: 'Which endpoint.' }) input: WebhookEndpointInput,
  ): Promise<DeletePayloadType> {
    await this.#endpoints.delete(ctx, idOf(input));
    return new DeletePayloadType(input.webhookEndpointId);
  }

  @Access('webhook:update')
  @Mutation(() => WebhookSecretPayload, {
    description: 'Gives an endpoint a new secret; for `graceSeconds` the old one signs as well.',
  })
  async rotateWebhookSecret(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => RotateWebhookSecretInput, { description: 'Which endpoint.' })
    input: RotateWebhookSecretInput,
  ): Promise<WebhookSecretPayload> {
    const rotated = await this.#endpoints.rotateSecret(ctx, idOf(input), input.graceSeconds ?? 86_400);
    return new WebhookSecretPayload(rotated);
  }

  @Access('device:read')
  @FieldResolver(() => DeviceType, {
    nullable: true,
    description: 'The device that it is about; null: all of the subaccount, or a deleted one.',
  })
  async device(
    @Root() { endpoint }: WebhookEndpointType,
    @Ctx() context: GraphqlContext,
  ): Promise<object | null> {
    return endpoint.deviceId == null ? null : context.nodes.find(context, 'Device', endpoint.deviceId);
  }
}

@Resolver(() => SubaccountType)
export class SubaccountWebhookEndpointsResolver {
  readonly #endpoints: WebhookEndpointService;

  constructor(endpoints: WebhookEndpointService) {
    this.#endpoints = endpoints;
  }

  @Access('webhook:read')
  @FieldResolver(() => WebhookEndpointConnection, { description: 'Its webhook endpoints, oldest first.' })
  async webhookEndpoints(
    @Root() { subaccount }: SubaccountType,
    @Args(() => WebhookEndpointConnectionArgs) args: WebhookEndpointConnectionArgs,
    @Ctx() { ctx }: GraphqlContext,
  ): Promise<Connection<WebhookEndpointType>> {
    const deviceId = args.filter?.deviceId;
    const page = await this.#endpoints.list(ctx, subaccount.id, args, {
      status: args.filter?.status,
      deviceId: deviceId == null ? null : fromPublicId('Device', deviceId, 'filter.deviceId'),
    });
    return toConnection(page, (endpoint) => new WebhookEndpointType(endpoint));
  }
}
