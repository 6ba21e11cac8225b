import { PairingError } from './companion.js';

export interface QrContent {
  readonly ref: string;
  readonly noiseKey: Buffer;
  readonly identityKey: Buffer;
  readonly advSecret: Buffer;
}

/** Reads `[https://wa.me/settings/linked_devices#]REF,NOISE,IDENTITY,SECRET[,PLATFORM]`. */
export function parseQrText(qrText: string): QrContent {
  const [ref, noise, identity, secret] = qrText.slice(qrText.indexOf('#') + 1).split(',');
  if (!ref || !noise || !identity || !secret) throw new PairingError('this is not a QR code of WhatsApp');
  const [noiseKey, identityKey, advSecret] = [noise, identity, secret].map((part) =>
    Buffer.from(part, 'base64'),
  );
  if (noiseKey?.length !== 32 || identityKey?.length !== 32 || advSecret?.length !== 32) {
    throw new PairingError('this is not a QR code of WhatsApp');
  }
  return { ref, noiseKey, identityKey, advSecret };
}
