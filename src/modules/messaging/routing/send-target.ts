import { kernelErrors } from '../../../kernel/errors.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { findRecipient } from '../../contact/index.js';
import { deviceErrors, getSendingDevice, listSendingDevices } from '../../device/index.js';
import type { SendingDevice } from '../../device/index.js';
import { getSubaccount } from '../../tenancy/index.js';
import type { MessageDraft } from '../message/message.input.js';
import { getMessage } from '../message/message.queries.js';
import { messagingErrors } from '../messaging.errors.js';
import { assertTakesMessage, isWithSubaccount, takesMessages } from '../outbound/send.policy.js';
import { chooseRoute } from './route.js';
import type { Choice } from './route.js';
import { findStickyDevices } from './routing.queries.js';

/** What a request names, found through the caller's scope: a device, or a subaccount whose devices may serve. */
export interface SendTarget {
  readonly agencyId: string;
  readonly subaccountId: string;
  readonly device: SendingDevice | null;
}

export type Route = Choice<SendingDevice>;

/** Throws NOT_FOUND. */
export async function findTarget(tx: Transaction, { target, replyToId }: MessageDraft): Promise<SendTarget> {
  if ('deviceId' in target) {
    const device = await getSendingDevice(tx, target.deviceId);
    return { agencyId: device.agencyId, subaccountId: device.subaccountId, device };
  }
  const { agencyId, id } = await getSubaccount(tx.em, target.subaccountId);
  // An answer leaves from the number that has what it answers.
  const device = replyToId === null ? null : await getSendingDevice(tx, await findDeviceId(tx, replyToId));
  if (device !== null && device.subaccountId !== id) throw kernelErrors.NOT_FOUND();
  return { agencyId, subaccountId: id, device };
}

async function findDeviceId(tx: Transaction, messageId: string): Promise<string> {
  return (await getMessage(tx.em, messageId)).deviceId;
}

/** Throws why nothing can take the message. */
export async function findRoute(tx: Transaction, target: SendTarget, draft: MessageDraft): Promise<Route> {
  const isScheduled = draft.scheduledAt !== null;
  const whenOffline = isScheduled ? 'QUEUE' : draft.whenOffline;
  if (target.device !== null) {
    assertTakesMessage(target.device.status, whenOffline, target.device.suspendedBy);
    return { device: target.device, rule: 'EXPLICIT' };
  }
  const devices = await listSendingDevices(tx, target.subaccountId);
  const recipient = await findRecipient(tx.em, target.subaccountId, draft.to);
  const route = chooseRoute(devices, {
    stickyDeviceId: recipient === null ? null : await findStickyDevice(tx, recipient.id),
    favouriteDeviceId: recipient?.favouriteDeviceId ?? null,
    whenOffline,
    isScheduled,
  });
  if (route !== null) return route;
  if (devices.some(({ suspendedBy }) => isWithSubaccount(suspendedBy)))
    throw deviceErrors.SUBACCOUNT_SUSPENDED();
  throw devices.some(({ status }) => takesMessages(status))
    ? messagingErrors.NO_DEVICE_CONNECTED()
    : messagingErrors.NO_DEVICE_PAIRED();
}

async function findStickyDevice(tx: Transaction, contactId: string): Promise<string | null> {
  return (await findStickyDevices(tx.em, [contactId])).get(contactId) ?? null;
}
