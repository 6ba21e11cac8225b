import { toDataURL } from 'qrcode';

/** A QR code as the data URL of a PNG, ready for an image element. */
export function qrImage(text: string): Promise<string> {
  return toDataURL(text, { type: 'image/png', errorCorrectionLevel: 'L', margin: 2, scale: 6 });
}
