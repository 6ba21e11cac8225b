import { Webhook } from 'standardwebhooks';
import { toPublicId } from '../../../kernel/ids.js';
import type { WebhookDelivery } from './delivery.entity.js';

/** The headers of Standard Webhooks: the id stays the same for every try, the newest of the secrets signs first. */
export function signedHeaders(
  { id, body }: Pick<WebhookDelivery, 'id' | 'body'>,
  secrets: readonly string[],
  sentAt: Date,
): Readonly<Record<string, string>> {
  const webhookId = toPublicId('WebhookDelivery', id);
  return {
    'webhook-id': webhookId,
    'webhook-timestamp': String(Math.floor(sentAt.getTime() / 1_000)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(webhookId, sentAt, body)).join(' '),
  };
}
