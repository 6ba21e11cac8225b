import {
  Deliverer,
  DeliveryLedger,
  DeliveryQueue,
  DeviceWebhookService,
  EndpointSecrets,
  Replies,
  UrlCheck,
  WebhookDeliveryService,
  WebhookEndpointService,
  WebhookFeature,
  WebhookJobs,
  WebhookReader,
} from '../modules/webhook/index.js';
import { StreamNews } from '../platform/events/stream-news.js';
import type { OutboundHttp } from '../platform/outbound/outbound-http.js';
import type { Infrastructure } from './infrastructure.js';
import type { Services } from './services.js';

/** What the API and the doors use of webhooks. */
export function createWebhooks(
  { database, clock, masterKey, queues }: Infrastructure,
  outboundHttp: OutboundHttp,
) {
  const webhookSecrets = new EndpointSecrets(masterKey);
  const webhookQueue = new DeliveryQueue(queues);
  const webhookFeature = new WebhookFeature(clock);
  const options = {
    database,
    clock,
    secrets: webhookSecrets,
    urls: new UrlCheck(outboundHttp),
    feature: webhookFeature,
  };
  return {
    webhookSecrets,
    webhookQueue,
    webhookFeature,
    webhookEndpoints: new WebhookEndpointService(options),
    deviceWebhooks: new DeviceWebhookService(options),
    webhookDeliveries: new WebhookDeliveryService({ database, clock, queue: webhookQueue }),
  };
}

/** What a worker does for webhooks: reading the event log, and delivering. */
export function createWebhookWork(
  { database, clock, hints, logger }: Infrastructure,
  services: Services,
): { readonly news: StreamNews; readonly jobs: WebhookJobs } {
  const { webhookFeature: feature, webhookQueue: queue, webhookSecrets: secrets, outboundHttp } = services;
  const reader = new WebhookReader({ database, clock, feature, queue, links: services.mediaLinks });
  const ledger = new DeliveryLedger({ database, clock, feature, random: Math.random });
  const replies = new Replies({ messages: services.messages, logger });
  const deliverer = new Deliverer({ clock, ledger, queue, secrets, outboundHttp, replies });
  return {
    news: new StreamNews({ name: 'webhook', database, clock, hints, reader, logger }),
    jobs: new WebhookJobs({ database, clock, queue, deliverer }),
  };
}
