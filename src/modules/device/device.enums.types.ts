import 'reflect-metadata';
import { registerEnumType } from 'type-graphql';
import type { Attention } from './device.attention.js';
import { STATUS_LABELS } from './device.label.js';
import type { DeviceStatus } from './device.status.js';

const ATTENTION_DESCRIPTIONS: Readonly<Record<Attention, string>> = {
  RELINK_REQUIRED: 'The link ended on the phone or by WhatsApp: pair the number again.',
  NUMBER_IN_USE: 'The number that was paired is in use already: pair another one.',
  NOT_A_BUSINESS_ACCOUNT: 'The subaccount takes WhatsApp Business accounts only: pair a business number.',
  NUMBER_BANNED: 'WhatsApp banned the number: ask for a review in the WhatsApp app.',
  TEMPORARILY_BANNED: 'WhatsApp banned the number for a while.',
  SESSION_CONFLICT: 'Another program took over the link: close it there, then reconnect.',
  CLIENT_OUTDATED: 'WhatsApp refuses this version of the server: its operator must update it.',
  NEW_CHATS_RESTRICTED: 'WhatsApp limits new chats of the number for now; replies still go out.',
  REPEATED_DISCONNECTS: 'The connection failed several times in a row.',
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

export const DeviceAttentionEnum: Readonly<Record<Attention, Attention>> = namesOf(ATTENTION_DESCRIPTIONS);
registerEnumType(DeviceAttentionEnum, {
  name: 'DeviceAttention',
  description: 'Why a person should look at a device.',
  valuesConfig: described(ATTENTION_DESCRIPTIONS),
});
