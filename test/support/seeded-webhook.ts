import type { SeededSubaccount } from './seed.js';

export interface SeededWebhook {
  readonly id: string;
  readonly secret: string;
}

/** An endpoint of a subaccount. */
export async function createWebhook(
  { id, api }: SeededSubaccount,
  input: Readonly<Record<string, unknown>>,
): Promise<SeededWebhook> {
  const { webhookEndpoint, secret } = await api.mutate<{ webhookEndpoint: { id: string }; secret: string }>(
    'createWebhookEndpoint',
    { subaccountId: id, ...input },
    'webhookEndpoint { id } secret',
  );
  return { id: webhookEndpoint.id, secret };
}

export interface ApiDelivery {
  readonly id: string;
  readonly topic: string | null;
  readonly status: string;
  readonly attemptCount: number;
  readonly lastStatusCode: number | null;
  readonly lastError: string | null;
  readonly nextAttemptAt: string | null;
  readonly body: string;
  readonly attempts: readonly {
    number: number;
    statusCode: number | null;
    response: string | null;
    error: string | null;
    durationMs: number;
  }[];
}

/** Deliveries to an endpoint, newest first. */
export async function deliveriesTo(
  { api }: SeededSubaccount,
  webhookId: string,
  filter: object = {},
): Promise<readonly ApiDelivery[]> {
  const { node } = await api.ask<{ node: { deliveries: { nodes: ApiDelivery[] } } }>(
    `query ($id: ID!, $filter: WebhookDeliveryFilter) { node(id: $id) { ... on WebhookEndpoint {
       deliveries(first: 10, filter: $filter) { nodes {
         id topic status attemptCount lastStatusCode lastError nextAttemptAt body
         attempts { number statusCode response error durationMs } } } } } }`,
    { id: webhookId, filter },
  );
  return node.deliveries.nodes;
}
