import { AppError } from '../../../kernel/errors.js';
import type { Context } from '../../../kernel/context.js';
import { deviceErrors } from '../device.errors.js';
import type { DeviceService } from '../device.service.js';
import { isFinal } from './pairing.entity.js';
import type { PairingService } from './pairing.service.js';
import type { PairingView } from './pairing.view.js';

/** Connecting to WhatsApp and its first QR code take about two seconds. */
const PATIENCE_MS = 20_000;

/** What there is to scan; LINKED: nothing, a number is paired already. */
export type QrOffer =
  { readonly kind: 'LINKED' } | { readonly kind: 'QR'; readonly qr: string; readonly expiresAt: Date };

const LINKED: QrOffer = { kind: 'LINKED' };

/** Pairing for callers that only ever ask for the QR code: asking starts what is needed, and asking again after it expired starts anew. */
export class QrOffers {
  readonly #devices: Pick<DeviceService, 'get'>;
  readonly #pairings: Pick<PairingService, 'findMany' | 'follow' | 'start'>;

  constructor(options: {
    readonly devices: Pick<DeviceService, 'get'>;
    readonly pairings: Pick<PairingService, 'findMany' | 'follow' | 'start'>;
  }) {
    this.#devices = options.devices;
    this.#pairings = options.pairings;
  }

  /** Throws QR_UNAVAILABLE when WhatsApp gives none in time, and why a device in its state cannot be paired. */
  async get(ctx: Context, deviceId: string): Promise<QrOffer> {
    const device = await this.#devices.get(ctx, deviceId);
    if (device.link === 'PAIRED') return LINKED;
    // Most calls are polls: they must not cost a transaction that writes.
    const shown = (await this.#pairings.findMany(ctx, [deviceId])).get(deviceId);
    const current = shown?.state === 'WAITING_FOR_SCAN' ? offerOf(shown) : null;
    if (current !== null) return current;
    if (!(await this.#start(ctx, deviceId))) return LINKED;
    const signal = AbortSignal.timeout(PATIENCE_MS);
    for await (const view of this.#pairings.follow(ctx, deviceId, { signal })) {
      const offer = offerOf(view);
      if (offer !== null) return offer;
      if (isFinal(view.state) || view.method !== 'QR') break;
    }
    throw deviceErrors.QR_UNAVAILABLE();
  }

  /** Whether there is a pairing now; false: a number was paired meanwhile. */
  async #start(ctx: Context, deviceId: string): Promise<boolean> {
    try {
      await this.#pairings.start(ctx, deviceId, { method: 'QR' });
      return true;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (error.reason === 'PAIRING_ALREADY_RUNNING') return true;
      if (error.reason === 'DEVICE_ALREADY_PAIRED') return false;
      throw error;
    }
  }
}

function offerOf({ state, qr, expiresAt }: PairingView): QrOffer | null {
  if (state === 'SUCCEEDED') return LINKED;
  return qr === null || expiresAt === null ? null : { kind: 'QR', qr, expiresAt };
}
