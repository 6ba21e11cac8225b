import { createHmac } from 'node:crypto';
import { proto } from '@whiskeysockets/baileys';
import { isSignedBy, sign } from '../crypto/key-pair.js';
import type { Account } from '../state/account.js';
import { ProtocolError } from '../wire/node.js';

const { E2EE } = proto.ADVEncryptionType;
const ACCOUNT_SIGNATURE_PREFIX = Buffer.from([6, 0]);
const DEVICE_SIGNATURE_PREFIX = Buffer.from([6, 1]);

/** The account's word for a companion: what it says, and the sealed form that travels in pair-success. */
export interface IssuedIdentity {
  readonly details: Buffer;
  readonly container: Buffer;
}

export function issueDeviceIdentity(
  account: Account,
  keyIndex: number,
  companionIdentity: Buffer,
  advSecret: Buffer,
): IssuedIdentity {
  const timestamp = Math.floor(Date.now() / 1000);
  const rawId = account.keys.registrationId;
  const identity = { rawId, timestamp, keyIndex, accountType: E2EE, deviceType: E2EE };
  const details = Buffer.from(proto.ADVDeviceIdentity.encode(identity).finish());
  const message = Buffer.concat([ACCOUNT_SIGNATURE_PREFIX, details, companionIdentity]);
  const signed = proto.ADVSignedDeviceIdentity.encode({
    details,
    accountSignatureKey: account.keys.identity.public,
    accountSignature: sign(account.keys.identity, message),
  }).finish();
  const hmac = createHmac('sha256', advSecret).update(signed).digest();
  const container = proto.ADVSignedDeviceIdentityHMAC.encode({ details: signed, hmac }).finish();
  return { details, container: Buffer.from(container) };
}

/** The companion signs back: only then is it linked. */
export function checkDeviceSignature(
  account: Account,
  issued: IssuedIdentity,
  companionIdentity: Buffer,
  answer: Buffer,
): void {
  const { deviceSignature } = proto.ADVSignedDeviceIdentity.decode(answer);
  const parts = [DEVICE_SIGNATURE_PREFIX, issued.details, companionIdentity, account.keys.identity.public];
  if (!deviceSignature || !isSignedBy(companionIdentity, Buffer.concat(parts), deviceSignature)) {
    throw new ProtocolError('the companion did not sign its device identity');
  }
}
