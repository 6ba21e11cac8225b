import type { Clock } from '../../../kernel/clock.js';
import { Context } from '../../../kernel/context.js';
import { kernelErrors } from '../../../kernel/errors.js';
import type { PathSigner } from '../../../platform/crypto/path-signer.js';
import type { Device } from '../device.entity.js';
import type { PairingService } from './pairing.service.js';
import { qrPicture } from './qr-image.js';

const PATH = /^\/qr\/([0-9a-f-]{36})\/([0-9a-f-]{36})\/([0-9a-f-]{36})$/;

/** Links to the picture of a QR code that work without a token, and no longer than the code itself. */
export class QrLinks {
  readonly #pairings: Pick<PairingService, 'findMany'>;
  readonly #clock: Clock;
  readonly #signer: PathSigner;
  readonly #publicUrl: () => string;

  constructor(options: {
    readonly pairings: Pick<PairingService, 'findMany'>;
    readonly clock: Clock;
    readonly signer: PathSigner;
    /** Where this server is reached from outside, without a slash at the end. Asked late: the port may be chosen at the start. */
    readonly publicUrl: () => string;
  }) {
    this.#pairings = options.pairings;
    this.#clock = options.clock;
    this.#signer = options.signer;
    this.#publicUrl = options.publicUrl;
  }

  urlOf(
    { agencyId, subaccountId, id }: Pick<Device, 'agencyId' | 'subaccountId' | 'id'>,
    expiresAt: Date,
  ): string {
    return `${this.#publicUrl()}${this.#signer.signPath(`/qr/${agencyId}/${subaccountId}/${id}`, expiresAt)}`;
  }

  /** The picture behind a link, path and query of it given. Throws NOT_FOUND for a link that is not ours, was changed or has expired. */
  async open(signedPath: string): Promise<Buffer> {
    const verified = this.#signer.verifySignedPath(signedPath, this.#clock.now());
    const path = verified.kind === 'VALID' ? verified.path : '';
    const [, agencyId, subaccountId, deviceId] = PATH.exec(path) ?? [];
    if (agencyId === undefined || subaccountId === undefined || deviceId === undefined) {
      throw kernelErrors.NOT_FOUND();
    }
    const ctx = Context.forJob('qr.serve', { agencyId, subaccountId });
    const pairing = (await this.#pairings.findMany(ctx, [deviceId])).get(deviceId);
    if (pairing === undefined || pairing.qr === null) throw kernelErrors.NOT_FOUND();
    return qrPicture(pairing.qr);
  }
}
