import { kernelErrors } from '../../../kernel/errors.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { findAddress, findRecipient, getContact } from '../../contact/index.js';
import type { Recipient } from '../../contact/index.js';
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

/** Whom a message goes to. */
export interface Destination {
  /** E.164 digits, or the address of a contact whose number is not known. */
  readonly address: string;
  /** As far as it is known by now. */
  readonly contact: Recipient | null;
}

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

/** Throws NOT_FOUND and CONTACT_WITHOUT_ADDRESS. */
export async function findDestination(
  tx: Transaction,
  { subaccountId }: SendTarget,
  { recipient }: MessageDraft,
): Promise<Destination> {
  if ('to' in recipient) return { address: recipient.to, contact: null };
  const contact = await getContact(tx.em, recipient.contactId);
  if (contact.subaccountId !== subaccountId) throw kernelErrors.NOT_FOUND();
  const address = await findAddress(tx.em, contact);
  if (address === null) throw messagingErrors.CONTACT_WITHOUT_ADDRESS();
  return { address, contact };
}

async function findDeviceId(tx: Transaction, messageId: string): Promise<string> {
  return (await getMessage(tx.em, messageId)).deviceId;
}

/** Throws why nothing can take the message. */
export async function findRoute(
  tx: Transaction,
  target: SendTarget,
  draft: Pick<MessageDraft, 'scheduledAt' | 'whenOffline'>,
  { address, contact }: Destination,
): Promise<Route> {
  const isScheduled = draft.scheduledAt !== null;
  const whenOffline = isScheduled ? 'QUEUE' : draft.whenOffline;
  if (target.device !== null) {
    assertTakesMessage(target.device.status, whenOffline, target.device.suspendedBy);
    return { device: target.device, rule: 'EXPLICIT' };
  }
  const devices = await listSendingDevices(tx, target.subaccountId);
  const recipient = contact ?? (await findRecipient(tx.em, target.subaccountId, address));
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
