import { newId } from '../../../src/kernel/ids.js';
import { Device, newDevice } from '../../../src/modules/device/device.entity.js';
import type { CloseAction, CloseReason, LinkedIdentity, SessionClose } from '../../../src/whatsapp/index.js';

export const NOON = new Date('2026-11-21T12:00:00Z');

/** A device in memory; its status fits what is given. */
export function aDevice(facts: Partial<Device> = {}): Device {
  const place = { id: newId(), agencyId: newId(), subaccountId: newId(), packageId: newId(), label: 'Sales' };
  const device: Device = Object.assign(new Device(), newDevice(place, NOON), facts);
  device.restate(NOON);
  return device;
}

export function anIdentity(facts: Partial<LinkedIdentity> = {}): LinkedIdentity {
  return {
    phoneNumber: '6281200000001',
    lid: '100000000000001@lid',
    platform: 'smba',
    business: true,
    name: 'Toko',
    ...facts,
  };
}

export function aClose(
  reason: CloseReason,
  action: CloseAction,
  facts: Partial<SessionClose> = {},
): SessionClose {
  return { reason, action, code: null, detail: '', until: null, ...facts };
}

export function later(ms: number): Date {
  return new Date(NOON.getTime() + ms);
}
