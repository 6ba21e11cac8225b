/**
 * Owns devices: a WhatsApp number's place in a subaccount, its pairing, its tokens, its credentials, and the live session that the process
 * holding its shard keeps for it. Promises: a number is live once in the whole installation; a pairing that was started ends; what a
 * session writes is refused once another process owns the device; only a logout, a deletion, a refused or given-up pairing and
 * WhatsApp's own 401 erase credentials.
 */
export { attentionOf } from './device.attention.js';
export { DeviceStatusEnum } from './device.enums.types.js';
export { Device } from './device.entity.js';
export { deviceErrors } from './device.errors.js';
export { DeviceKeys } from './device.keys.js';
export { findSendingDevice, getSendingDevice, listSendingDevices } from './device.queries.js';
export type { SendingDevice } from './device.queries.js';
export { DeviceStatusResolver } from './device-status.resolver.js';
export { DeviceQuotaResolver } from './device-quota.resolver.js';
export { DeviceResolver } from './device.resolver.js';
export { DeviceSecret } from './device-secret.entity.js';
export { DeviceReader } from './device.reader.js';
export { DeviceUsageResolver } from './device-usage.resolver.js';
export { DeviceService } from './device.service.js';
export type { DeviceStatus } from './device.status.js';
export { DeviceType } from './device.types.js';
export { ActiveNumber } from './pairing/active-number.entity.js';
export { Pairing } from './pairing/pairing.entity.js';
export { PairingJournal } from './pairing/pairing-journal.js';
export { PairingResolver } from './pairing/pairing.resolver.js';
export { PairingService } from './pairing/pairing.service.js';
export { qrImage, qrPicture } from './pairing/qr-image.js';
export { QrLinks } from './pairing/qr-links.js';
export { QrOffers } from './pairing/qr-offers.js';
export type { QrOffer } from './pairing/qr-offers.js';
export { DeviceWaker } from './session/device-waker.js';
export type { WakeTarget } from './session/device-waker.js';
export type { InboxWriter, LiveSession, OwnedDevice, SessionWork } from './session/ports.js';
export { whileOwned } from './session/while-owned.js';
export type { HoldReason, Pacing, SendingHours, SendPolicy } from './sending/send-policy.js';
export { minutesOf, sendPolicyOf } from './sending/send-policy.js';
export { SubaccountSuspensionResolver } from './suspension/suspension.resolver.js';
export { SubaccountSuspension } from './suspension/suspension.service.js';
export { SendPolicyResolver } from './sending/send-policy.resolver.js';
export { assumeReachoutLock, findSendRules, holdNewChats, holdSends } from './sending/send-rules.js';
export type { SendRules } from './sending/send-rules.js';
export { capsOf } from './sending/warm-up.js';
export type { SendCaps } from './sending/warm-up.js';
export { Supervisor } from './session/supervisor.js';
export { DeviceToken } from './token/device-token.entity.js';
export { DeviceTokenService } from './token/device-token.service.js';
export { shardOf } from './lease/shard.js';
