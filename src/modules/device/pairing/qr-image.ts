import { toBuffer, toDataURL } from 'qrcode';

const LOOK = { type: 'png', errorCorrectionLevel: 'L', margin: 2, scale: 6 } as const;

/** A QR code as the data URL of a PNG, ready for an image element. */
export function qrImage(text: string): Promise<string> {
  return toDataURL(text, { ...LOOK, type: 'image/png' });
}

/** A QR code as a PNG file. */
export function qrPicture(text: string): Promise<Buffer> {
  return toBuffer(text, LOOK);
}
