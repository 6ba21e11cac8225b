import type { NewEvent } from '../../kernel/events.js';
import type { Device } from './device.entity.js';
import type { DeviceStatus } from './device.status.js';
import type { Pairing } from './pairing/pairing.entity.js';

const inStreamOf = (device: Pick<Device, 'subaccountId'>): Pick<NewEvent, 'subaccountId'> => ({
  subaccountId: device.subaccountId,
});

export function deviceCreated(device: Device): NewEvent {
  return {
    topic: 'device.created',
    ...inStreamOf(device),
    alsoAgency: true,
    payload: { deviceId: device.id, label: device.label },
  };
}

/** `changed` names the fields. */
export function deviceUpdated(device: Device, changed: readonly string[]): NewEvent {
  return { topic: 'device.updated', ...inStreamOf(device), payload: { deviceId: device.id, changed } };
}

export function deviceDeleted(device: Device): NewEvent {
  return {
    topic: 'device.deleted',
    ...inStreamOf(device),
    alsoAgency: true,
    payload: { deviceId: device.id },
  };
}

export function deviceTokenRegenerated(device: Device, graceSeconds: number): NewEvent {
  return {
    topic: 'device.token_regenerated',
    ...inStreamOf(device),
    payload: { deviceId: device.id, graceSeconds },
  };
}

export function deviceStatusChanged(device: Device, previous: DeviceStatus): NewEvent {
  return {
    topic: 'device.status_changed',
    ...inStreamOf(device),
    alsoAgency: true,
    payload: { deviceId: device.id, previous, status: device.status },
  };
}

/** Who it is about is seen in the messages that could not be read. */
export function messagesUnreadable(device: Device): NewEvent {
  return { topic: 'device.messages_unreadable', ...inStreamOf(device), payload: { deviceId: device.id } };
}

/** Says that there is something to scan, never what: the secret is read from the pairing itself. */
export function pairingUpdated(pairing: Pairing): NewEvent {
  return {
    topic: 'device.pairing_updated',
    ...inStreamOf(pairing),
    payload: {
      deviceId: pairing.deviceId,
      pairingId: pairing.id,
      state: pairing.state,
      attempt: pairing.attempt,
      expiresAt: pairing.expiresAt?.toISOString() ?? null,
    },
  };
}
