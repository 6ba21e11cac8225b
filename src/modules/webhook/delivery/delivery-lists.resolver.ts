import 'reflect-metadata';
import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { Access } from '../../../graphql/kit/access.js';
import { toConnection } from '../../../graphql/kit/connection.js';
import type { Connection } from '../../../graphql/kit/connection.js';
import type { GraphqlContext } from '../../../graphql/kit/graphql-context.js';
import { fromPublicId } from '../../../kernel/ids.js';
import type { Page } from '../../../kernel/page.js';
import { SubaccountType } from '../../tenancy/index.js';
import { WebhookEndpointType } from '../endpoint/endpoint.types.js';
import type { WebhookDelivery } from './delivery.entity.js';
import type { DeliveryFilter, DeliveryOwnerKey } from './delivery.queries.js';
import type { WebhookDeliveryService } from './delivery.service.js';
import {
  WebhookDeliveryConnection,
  WebhookDeliveryConnectionArgs,
  WebhookDeliveryType,
} from './delivery.types.js';
import type { WebhookDeliveryFilterInput } from './delivery.types.js';

@Resolver(() => SubaccountType)
export class SubaccountWebhookDeliveriesResolver {
  readonly #deliveries: WebhookDeliveryService;

  constructor(deliveries: WebhookDeliveryService) {
    this.#deliveries = deliveries;
  }

  @Access('webhook:read')
  @FieldResolver(() => WebhookDeliveryConnection, {
    description: 'Deliveries of the last 14 days, newest first; those with the status FAILED are given up.',
  })
  async webhookDeliveries(
    @Root() { subaccount }: SubaccountType,
    @Args(() => WebhookDeliveryConnectionArgs) args: WebhookDeliveryConnectionArgs,
    @Ctx() context: GraphqlContext,
  ): Promise<Connection<WebhookDeliveryType>> {
    return loadPage(context, this.#deliveries, { key: 'subaccountId', id: subaccount.id }, args);
  }
}

@Resolver(() => WebhookEndpointType)
export class EndpointDeliveriesResolver {
  readonly #deliveries: WebhookDeliveryService;

  constructor(deliveries: WebhookDeliveryService) {
    this.#deliveries = deliveries;
  }

  @Access('webhook:read')
  @FieldResolver(() => WebhookDeliveryConnection, {
    description: 'Its deliveries of the last 14 days, newest first.',
  })
  async deliveries(
    @Root() { endpoint }: WebhookEndpointType,
    @Args(() => WebhookDeliveryConnectionArgs) args: WebhookDeliveryConnectionArgs,
    @Ctx() context: GraphqlContext,
  ): Promise<Connection<WebhookDeliveryType>> {
    return loadPage(context, this.#deliveries, { key: 'endpointId', id: endpoint.id }, args);
  }
}

/** Lists of the same shape inside of one list are read together. */
async function loadPage(
  context: GraphqlContext,
  deliveries: WebhookDeliveryService,
  owner: { readonly key: DeliveryOwnerKey; readonly id: string },
  args: WebhookDeliveryConnectionArgs,
): Promise<Connection<WebhookDeliveryType>> {
  const { key, id } = owner;
  const filter = filterOf(args.filter);
  const load = (ids: readonly string[]): Promise<readonly Page<WebhookDelivery>[]> =>
    deliveries.listOfEach(context.ctx, { key, ids }, args, filter);
  const name = `webhook deliveries by ${key} ${JSON.stringify(args)}`;
  const page = await context.loader<string, Page<WebhookDelivery>>(name, load).load(id);
  return toConnection(page, (delivery) => new WebhookDeliveryType(delivery));
}

function filterOf(filter: WebhookDeliveryFilterInput | null | undefined): DeliveryFilter {
  const id = filter?.webhookEndpointId;
  return {
    status: filter?.status,
    topics: filter?.topics,
    endpointId: id == null ? null : fromPublicId('WebhookEndpoint', id, 'filter.webhookEndpointId'),
  };
}
