import { p, tenantEntity } from '../../../platform/database/tenant-entity.js';
import type { DeliveryError } from './delivery.entity.js';

const AttemptSchema = tenantEntity({
  name: 'WebhookAttempt',
  tableName: 'webhook_attempt',
  properties: {
    deliveryId: p.uuid().primary(),
    number: p.integer().primary(),
    deviceId: p.uuid().nullable(),
    startedAt: p.datetime(),
    durationMs: p.integer(),
    statusCode: p.integer().nullable(),
    error: p.text().$type<DeliveryError>().nullable(),
    // How the answer begins.
    response: p.text().nullable(),
  },
});

/** One try of a delivery: what the receiver answered, and when. */
export class WebhookAttempt extends AttemptSchema.class {}

AttemptSchema.setClass(WebhookAttempt);
