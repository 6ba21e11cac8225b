import type { NewEvent } from '../../kernel/events.js';
import type { DisabledReason, WebhookEndpoint } from './endpoint/endpoint.entity.js';

type Names = Pick<WebhookEndpoint, 'id' | 'subaccountId' | 'deviceId'>;

/** Never the address: it may hold a secret of the receiver. */
const about = ({ id, subaccountId, deviceId }: Names): Pick<NewEvent, 'subaccountId' | 'payload'> => ({
  subaccountId,
  payload: { webhookEndpointId: id, ...(deviceId != null && { deviceId }) },
});

export function endpointCreated(endpoint: Names): NewEvent {
  return { topic: 'webhook_endpoint.created', ...about(endpoint) };
}

/** `changed` names the fields. */
export function endpointUpdated(endpoint: Names, changed: readonly string[]): NewEvent {
  const { subaccountId, payload } = about(endpoint);
  return { topic: 'webhook_endpoint.updated', subaccountId, payload: { ...payload, changed } };
}

export function endpointDeleted(endpoint: Names): NewEvent {
  return { topic: 'webhook_endpoint.deleted', ...about(endpoint) };
}

export function secretRotated(endpoint: Names, graceSeconds: number): NewEvent {
  const { subaccountId, payload } = about(endpoint);
  return { topic: 'webhook_endpoint.secret_rotated', subaccountId, payload: { ...payload, graceSeconds } };
}

/** Switched off by us: told to the agency as well, since the receiver hears nothing from now on. */
export function endpointDisabled(endpoint: Names, reason: DisabledReason): NewEvent {
  const { subaccountId, payload } = about(endpoint);
  return {
    topic: 'webhook_endpoint.disabled',
    subaccountId,
    alsoAgency: true,
    payload: { ...payload, reason },
  };
}
