import 'reflect-metadata';
import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { Access } from '../../../graphql/kit/access.js';
import { inOrderOf } from '../../../graphql/kit/graphql-context.js';
import type { GraphqlContext } from '../../../graphql/kit/graphql-context.js';
import { Url } from '../../../graphql/kit/scalars.js';
import { fromPublicId } from '../../../kernel/ids.js';
import { DeviceType } from '../../device/index.js';
import type { DeviceService } from '../../device/index.js';
import type { DeviceWebhookService } from './device-webhook.service.js';
import type { WebhookEndpoint } from './endpoint.entity.js';
import { SetDeviceWebhookInput, SetDeviceWebhookPayload, WebhookEndpointType } from './endpoint.types.js';

@Resolver(() => DeviceType)
export class DeviceWebhookResolver {
  readonly #webhooks: DeviceWebhookService;
  readonly #devices: Pick<DeviceService, 'get'>;

  constructor(webhooks: DeviceWebhookService, devices: Pick<DeviceService, 'get'>) {
    this.#webhooks = webhooks;
    this.#devices = devices;
  }

  @Access('webhook:update')
  @Mutation(() => SetDeviceWebhookPayload, {
    description: "Sets the one webhook that a device itself has: that device's events go there.",
  })
  async setDeviceWebhook(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => SetDeviceWebhookInput, { description: 'Which device, and where to.' })
    input: SetDeviceWebhookInput,
  ): Promise<SetDeviceWebhookPayload> {
    const deviceId = fromPublicId('Device', input.deviceId, 'input.deviceId');
    const { url = null, dialect } = input;
    const webhook = await this.#webhooks.setDeviceWebhook(ctx, { deviceId, url, dialect });
    return new SetDeviceWebhookPayload(await this.#devices.get(ctx, deviceId), webhook);
  }

  @Access('webhook:read')
  @FieldResolver(() => Url, { nullable: true, description: 'The address of its own webhook.' })
  async webhookUrl(@Root() device: DeviceType, @Ctx() context: GraphqlContext): Promise<string | null> {
    return (await this.#load(device, context))?.url ?? null;
  }

  @Access('webhook:read')
  @FieldResolver(() => WebhookEndpointType, { nullable: true, description: 'Its own webhook.' })
  async webhookEndpoint(
    @Root() device: DeviceType,
    @Ctx() context: GraphqlContext,
  ): Promise<WebhookEndpointType | null> {
    const endpoint = await this.#load(device, context);
    return endpoint === null ? null : new WebhookEndpointType(endpoint);
  }

  #load({ device }: DeviceType, context: GraphqlContext): Promise<WebhookEndpoint | null> {
    return context
      .loader<string, WebhookEndpoint | null>('webhooks of devices', async (ids) =>
        inOrderOf(
          [...ids],
          await this.#webhooks.findDeviceWebhooks(context.ctx, ids),
          ({ deviceId }) => deviceId ?? '',
        ),
      )
      .load(device.id);
  }
}
