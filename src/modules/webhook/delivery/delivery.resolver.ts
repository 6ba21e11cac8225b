import 'reflect-metadata';
import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { Access } from '../../../graphql/kit/access.js';
import { inOrderOf } from '../../../graphql/kit/graphql-context.js';
import type { GraphqlContext } from '../../../graphql/kit/graphql-context.js';
import type { NodeFetcher, ProvidesNodes } from '../../../graphql/kit/node.js';
import { invalidInput } from '../../../kernel/errors.js';
import { fromPublicId } from '../../../kernel/ids.js';
import { WebhookEndpointInput, WebhookEndpointType } from '../endpoint/endpoint.types.js';
import type { WebhookAttempt } from './attempt.entity.js';
import type { WebhookDeliveryService } from './delivery.service.js';
import {
  ReplayWebhookDeliveriesInput,
  ReplayWebhookDeliveriesPayload,
  WebhookAttemptType,
  WebhookDeliveryInput,
  WebhookDeliveryPayload,
  WebhookDeliveryType,
  WebhookReplayType,
} from './delivery.types.js';

const MAX_NAMED = 1_000;

const endpointIdOf = (input: { readonly webhookEndpointId: string }): string =>
  fromPublicId('WebhookEndpoint', input.webhookEndpointId, 'input.webhookEndpointId');

@Resolver(() => WebhookDeliveryType)
export class WebhookDeliveryResolver implements ProvidesNodes {
  readonly nodeFetchers: { readonly WebhookDelivery: NodeFetcher; readonly WebhookReplay: NodeFetcher };
  readonly #deliveries: WebhookDeliveryService;

  constructor(deliveries: WebhookDeliveryService) {
    this.#deliveries = deliveries;
    this.nodeFetchers = {
      WebhookDelivery: {
        action: 'webhook:read',
        fetch: async (ctx, ids) =>
          inOrderOf(ids, await deliveries.findMany(ctx, ids), ({ id }) => id).map((delivery) =>
            delivery === null ? null : new WebhookDeliveryType(delivery),
          ),
      },
      WebhookReplay: {
        action: 'webhook:read',
        fetch: async (ctx, ids) =>
          inOrderOf(ids, await deliveries.findReplays(ctx, ids), ({ id }) => id).map((replay) =>
            replay === null ? null : new WebhookReplayType(replay),
          ),
      },
    };
  }

  @Access('webhook:replay')
  @Mutation(() => WebhookDeliveryPayload, {
    description: 'Sends a test to an endpoint, once. Read the delivery again to see how it ended.',
  })
  async testWebhookEndpoint(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => WebhookEndpointInput, { description: 'Which endpoint.' }) input: WebhookEndpointInput,
  ): Promise<WebhookDeliveryPayload> {
    return new WebhookDeliveryPayload(await this.#deliveries.test(ctx, endpointIdOf(input)));
  }

  @Access('webhook:replay')
  @Mutation(() => WebhookDeliveryPayload, {
    description: 'Makes a delivery again from the start, with the same id and body.',
  })
  async replayWebhookDelivery(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => WebhookDeliveryInput, { description: 'Which delivery.' }) input: WebhookDeliveryInput,
  ): Promise<WebhookDeliveryPayload> {
    const id = fromPublicId('WebhookDelivery', input.webhookDeliveryId, 'input.webhookDeliveryId');
    return new WebhookDeliveryPayload(await this.#deliveries.replay(ctx, id));
  }

  @Access('webhook:replay')
  @Mutation(() => ReplayWebhookDeliveriesPayload, {
    description: 'Makes many ended deliveries of an endpoint again, each with the same id and body.',
  })
  async replayWebhookDeliveries(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => ReplayWebhookDeliveriesInput, { description: 'Which deliveries.' })
    input: ReplayWebhookDeliveriesInput,
  ): Promise<ReplayWebhookDeliveriesPayload> {
    const { since, until, failedOnly } = input;
    const replayed = await this.#deliveries.replayMany(ctx, endpointIdOf(input), {
      ids: namedIn(input),
      since,
      until,
      failedOnly: failedOnly ?? true,
    });
    return new ReplayWebhookDeliveriesPayload(replayed);
  }

  @Access('webhook:read')
  @FieldResolver(() => WebhookEndpointType, { nullable: true, description: 'The endpoint; null: deleted.' })
  async webhookEndpoint(
    @Root() { delivery }: WebhookDeliveryType,
    @Ctx() context: GraphqlContext,
  ): Promise<object | null> {
    return context.nodes.find(context, 'WebhookEndpoint', delivery.endpointId);
  }

  @Access('message:read')
  @FieldResolver(() => String, { description: 'What every try says, byte by byte.' })
  body(@Root() { delivery }: WebhookDeliveryType): string {
    return delivery.body;
  }

  @Access('webhook:read')
  @FieldResolver(() => [WebhookAttemptType], { description: 'Its tries, oldest first.' })
  async attempts(
    @Root() { delivery }: WebhookDeliveryType,
    @Ctx() context: GraphqlContext,
  ): Promise<WebhookAttemptType[]> {
    const attempts = await context
      .loader<string, WebhookAttempt[]>('attempts of webhooks', async (ids) => {
        const all = await this.#deliveries.findAttempts(context.ctx, ids);
        const byDelivery = Map.groupBy(all, ({ deliveryId }) => deliveryId);
        return ids.map((id) => byDelivery.get(id) ?? []);
      })
      .load(delivery.id);
    return attempts.map((attempt) => new WebhookAttemptType(attempt));
  }
}

function namedIn({ webhookDeliveryIds: ids }: ReplayWebhookDeliveriesInput): string[] | null {
  if (ids == null) return null;
  const path = 'input.webhookDeliveryIds';
  if (ids.length > MAX_NAMED) throw invalidInput([{ path, message: `must name at most ${MAX_NAMED}` }]);
  return ids.map((id, index) => fromPublicId('WebhookDelivery', id, `${path}.${index}`));
}
