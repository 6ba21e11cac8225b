/**
 * Owns webhooks: where what happens in a subaccount is sent to, and every delivery. Fed by the event log alone. Promises: an event that an
 * endpoint wants is delivered at least once or shown as failed; every try of a delivery has the same id and the same body; the first
 * tries of a conversation's events are made in their order; one endpoint cannot slow down another.
 */
export { WebhookAttempt } from './delivery/attempt.entity.js';
export { Deliverer } from './delivery/deliverer.js';
export { DeliveryLedger } from './delivery/delivery-ledger.js';
export {
  EndpointDeliveriesResolver,
  SubaccountWebhookDeliveriesResolver,
} from './delivery/delivery-lists.resolver.js';
export { WebhookDelivery } from './delivery/delivery.entity.js';
export { DeliveryQueue } from './delivery/delivery.queue.js';
export { WebhookDeliveryResolver } from './delivery/delivery.resolver.js';
export { WebhookDeliveryService } from './delivery/delivery.service.js';
export { Replies } from './delivery/replies.js';
export { DIALECTS } from './dialect/dialect.names.js';
export type { Dialect } from './dialect/dialect.names.js';
export { DeviceWebhookResolver } from './endpoint/device-webhook.resolver.js';
export { DeviceWebhookService } from './endpoint/device-webhook.service.js';
export type { DeviceWebhook, DeviceWebhookRequest } from './endpoint/device-webhook.service.js';
export { WebhookEndpoint } from './endpoint/endpoint.entity.js';
export { SubaccountWebhookEndpointsResolver, WebhookEndpointResolver } from './endpoint/endpoint.resolver.js';
export { EndpointSecrets } from './endpoint/endpoint.secrets.js';
export { WebhookEndpointService } from './endpoint/endpoint.service.js';
export { UrlCheck } from './endpoint/url-check.js';
export { WebhookReader } from './feed/webhook-reader.js';
export { webhookErrors } from './webhook.errors.js';
export { WebhookFeature } from './webhook.feature.js';
export { WEBHOOK_SCHEDULES, WebhookJobs } from './webhook.jobs.js';
