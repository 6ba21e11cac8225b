import type { Phone } from '../phone/phone.js';
import type { ReceivedMessage } from '../phone/received-message.js';
import type { LinkedDevice } from '../state/linked-device.js';

export function deviceView(device: LinkedDevice): Record<string, unknown> {
  const { id, jid, connected, available } = device;
  return { id, jid, connected, available, waiting: device.queue.size };
}

export function phoneView(phone: Phone): Record<string, unknown> {
  const { number, lid, name, business, online } = phone;
  return {
    number,
    lid,
    name,
    business,
    online,
    received: phone.inbox.length,
    observed: phone.observed,
    devices: phone.devices.map(deviceView),
  };
}

export function messageView({
  id,
  from,
  chat,
  text,
  at,
  copies,
  proto,
}: ReceivedMessage): Record<string, unknown> {
  const kind = Object.keys(proto).find((key) => key !== 'messageContextInfo') ?? 'empty';
  return { id, from, chat, text, at, copies, kind };
}
