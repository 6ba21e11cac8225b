/** The loopback WhatsApp: a server for unmodified Baileys clients, with phones, faults and a ledger. */
export { Simulator, type PhoneOptions } from './simulator.js';
export type { ReceiptDelays, SimulatorOptions } from './options.js';
export type { Phone, PhoneHabits } from './phone/phone.js';
export type { OutgoingMedium } from './phone/phone-media.js';
export type { ReceivedMessage } from './phone/received-message.js';
export type { ReplyBehaviour } from './phone/reply-behaviour.js';
export type { SendOptions } from './phone/phone-sender.js';
export type { LinkedDevice } from './state/linked-device.js';
export type { Ledger, SentFilter } from './ledger/ledger.js';
export type { ConnectionRecord, LedgerEnc, LedgerEntry, ReusedKey } from './ledger/ledger-entry.js';
export type { Faults } from './faults/faults.js';
export {
  FAULT_POINTS,
  type BreakAction,
  type FaultAction,
  type FaultPoint,
  type FaultRule,
  type FaultRuleInput,
} from './faults/fault-rule.js';
export { PairingError } from './pairing/companion.js';
export { ControlServer, type ControlServerOptions } from './control/control-server.js';
export type { Group } from './state/group.js';
export type { MediaKind } from './media/media-cipher.js';
