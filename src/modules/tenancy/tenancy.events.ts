import type { NewEvent } from '../../kernel/events.js';
import type { Agency } from './agency.entity.js';
import type { Subaccount } from './subaccount.entity.js';

export function agencyCreated(agency: Agency): NewEvent {
  return { topic: 'agency.created', subaccountId: null, payload: { agencyId: agency.id, name: agency.name } };
}

/** `changed` names the fields. */
export function subaccountUpdated(subaccount: Subaccount, changed: readonly string[]): NewEvent {
  return {
    topic: 'subaccount.updated',
    subaccountId: subaccount.id,
    alsoAgency: true,
    payload: { subaccountId: subaccount.id, changed },
  };
}

/** In both streams: an agency's dashboard learns of a new client, the client's own stream starts with it. */
export function subaccountCreated(subaccount: Subaccount): NewEvent {
  return {
    topic: 'subaccount.created',
    subaccountId: subaccount.id,
    alsoAgency: true,
    payload: { subaccountId: subaccount.id, name: subaccount.name },
  };
}

export function subaccountSuspended({ id, suspendReason }: Subaccount): NewEvent {
  return {
    topic: 'subaccount.suspended',
    subaccountId: id,
    alsoAgency: true,
    payload: { subaccountId: id, reason: suspendReason ?? null },
  };
}

export function subaccountResumed({ id }: Subaccount): NewEvent {
  return { topic: 'subaccount.resumed', subaccountId: id, alsoAgency: true, payload: { subaccountId: id } };
}
