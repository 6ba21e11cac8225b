import 'reflect-metadata';
import { registerEnumType } from 'type-graphql';
import type { ShownAttention } from './device.attention.js';
import { STATUS_LABELS } from './device.label.js';
import type { PriorityLevel } from './device.priority.js';
import type { DeviceHealth, DeviceStatus } from './device.status.js';

const ATTENTION_DESCRIPTIONS: Readonly<Record<ShownAttention, string>> = {
  RELINK_REQUIRED: 'The link ended on the phone or by WhatsApp: pair the number again.',
  NUMBER_IN_USE: 'The number that was paired is in use already: pair another one.',
  NOT_A_BUSINESS_ACCOUNT: 'The subaccount takes WhatsApp Business accounts only: pair a business number.',
  NUMBER_BANNED: 'WhatsApp banned the number: ask for a review in the WhatsApp app.',
  TEMPORARILY_BANNED: 'WhatsApp banned the number for a while.',
  SESSION_CONFLICT: 'Another program took over the link: close it there, then reconnect.',
  CLIENT_OUTDATED: 'WhatsApp refuses this version of the server: its operator must update it.',
  NEW_CHATS_RESTRICTED: 'WhatsApp limits new chats of the number for now; replies still go out.',
  REPEATED_DISCONNECTS: 'The connection failed several times in a row.',
  QUOTA_LOW: 'One message in ten or less is left of the pool that it sends from.',
};

const HEALTH_DESCRIPTIONS: Readonly<Record<DeviceHealth, string>> = {
  CONNECTED: 'It works: it sends and receives.',
  OFFLINE: 'It is linked and reconnects by itself.',
  PENDING_CONNECTION: 'It waits for its number to be paired.',
  REQUIRES_ATTENTION: 'It does not work until somebody does what its label says.',
};

const LEVEL_DESCRIPTIONS: Readonly<Record<PriorityLevel, string>> = {
  HIGH: 'First choice.',
  MEDIUM: 'When no device of a higher level is connected.',
  LOW: 'Last choice; what a new device has.',
};

const namesOf = <T extends string>(descriptions: Readonly<Record<T, string>>): Record<T, T> =>
  Object.fromEntries(Object.keys(descriptions).map((name) => [name, name])) as Record<T, T>;

const described = <T extends string>(
  descriptions: Readonly<Record<T, string>>,
): Record<T, { description: string }> =>
  Object.fromEntries(
    Object.entries<string>(descriptions).map(([name, description]) => [name, { description }]),
  ) as Record<T, { description: string }>;

export const DeviceStatusEnum: Readonly<Record<DeviceStatus, DeviceStatus>> = namesOf(STATUS_LABELS);
registerEnumType(DeviceStatusEnum, {
  name: 'DeviceStatus',
  description: 'How a device is.',
  valuesConfig: described(STATUS_LABELS),
});

export const DeviceAttentionEnum: Readonly<Record<ShownAttention, ShownAttention>> =
  namesOf(ATTENTION_DESCRIPTIONS);
registerEnumType(DeviceAttentionEnum, {
  name: 'DeviceAttention',
  description: 'Why a person should look at a device.',
  valuesConfig: described(ATTENTION_DESCRIPTIONS),
});

export const DeviceHealthEnum: Readonly<Record<DeviceHealth, DeviceHealth>> = namesOf(HEALTH_DESCRIPTIONS);
registerEnumType(DeviceHealthEnum, {
  name: 'DeviceHealth',
  description: 'Whether a device works or needs somebody.',
  valuesConfig: described(HEALTH_DESCRIPTIONS),
});

export const DevicePriorityLevelEnum: Readonly<Record<PriorityLevel, PriorityLevel>> =
  namesOf(LEVEL_DESCRIPTIONS);
registerEnumType(DevicePriorityLevelEnum, {
  name: 'DevicePriorityLevel',
  description: "When a device is chosen among its subaccount's for a message that names none.",
  valuesConfig: described(LEVEL_DESCRIPTIONS),
});
