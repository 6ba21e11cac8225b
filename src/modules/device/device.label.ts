import type { AttentionFacts } from './device.attention.js';
import { attentionOf } from './device.attention.js';
import type { Attention } from './device.attention.js';
import { deviceStatus } from './device.status.js';
import type { DeviceStatus } from './device.status.js';

export const STATUS_LABELS: Readonly<Record<DeviceStatus, string>> = {
  NOT_PAIRED: 'Not paired. Pair a WhatsApp number with it.',
  PAIRING: 'Waiting for the phone. Scan the QR code or enter the pairing code in WhatsApp, Linked devices.',
  PAIRING_EXPIRED: 'The pairing was not confirmed in time. Start it again.',
  CONNECTING: 'Connecting to WhatsApp. Nothing to do.',
  CONNECTED: 'Connected. Ready to send and receive.',
  OFFLINE: 'Linked, but not connected. It reconnects by itself.',
  LOGGED_OUT: 'Logged out. Pair the number again to use it.',
  REPLACED: 'Another program took over this link. Close it there, then reconnect.',
  REJECTED: 'The number was refused. Pair another one.',
  BANNED: 'WhatsApp banned this number. Ask for a review in the WhatsApp app.',
  SUSPENDED: 'Suspended. Resume it to send and receive.',
};

/** Where the reason says more than the status does. */
const BY_ATTENTION: Readonly<Partial<Record<DeviceStatus, Partial<Record<Attention, string>>>>> = {
  LOGGED_OUT: { RELINK_REQUIRED: 'Unlinked on the phone or by WhatsApp. Pair the number again.' },
  REJECTED: {
    NUMBER_IN_USE: 'This number is already in use. Pair another one.',
    NOT_A_BUSINESS_ACCOUNT: 'Not a WhatsApp Business account. Pair a business number.',
  },
  OFFLINE: {
    RELINK_REQUIRED: 'WhatsApp refuses this link. Log the device out and pair the number again.',
    TEMPORARILY_BANNED: 'WhatsApp banned this number for a while. It reconnects when the ban ends.',
    CLIENT_OUTDATED: 'WhatsApp refuses this version of the server. Ask its operator to update it.',
    REPEATED_DISCONNECTS: 'The connection fails again and again. Check the phone and the network.',
  },
  CONNECTED: {
    NEW_CHATS_RESTRICTED: 'Connected, but WhatsApp limits new chats for now. Replies still go out.',
  },
};

/** A short plain-language label with what to do. */
export function statusLabel(facts: AttentionFacts, now: Date): string {
  const status = deviceStatus(facts);
  const special = BY_ATTENTION[status];
  const attention = attentionOf(facts, now).find((reason) => special?.[reason] !== undefined);
  return (attention === undefined ? undefined : special?.[attention]) ?? STATUS_LABELS[status];
}
