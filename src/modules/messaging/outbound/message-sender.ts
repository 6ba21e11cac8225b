import type { Clock } from '../../../kernel/clock.js';
import { AppError } from '../../../kernel/errors.js';
import { SessionFencedError } from '../../../whatsapp/index.js';
import type { SendHooks } from '../../../whatsapp/index.js';
import type { DeviceKeys, LiveSession } from '../../device/index.js';
import { contentPlace } from '../message/message.content.js';
import type { Message } from '../message/message.entity.js';
import type { MediaUploader } from '../media/media-uploader.js';
import type { ClaimedMessage, Outbox } from './outbox.js';
import type { Pacer } from './pacing/pacer.js';
import { whileTyping } from './pacing/typing.js';
import type { AttemptResult } from './settlement.js';

/** Takes one claimed message to WhatsApp and records how that ended. */
export class MessageSender {
  readonly #outbox: Outbox;
  readonly #keys: DeviceKeys;
  readonly #uploader: MediaUploader;
  readonly #pacer: Pacer;
  readonly #clock: Clock;

  constructor(options: {
    readonly outbox: Outbox;
    readonly deviceKeys: DeviceKeys;
    readonly uploader: MediaUploader;
    readonly pacer: Pacer;
    readonly clock: Clock;
  }) {
    this.#outbox = options.outbox;
    this.#keys = options.deviceKeys;
    this.#uploader = options.uploader;
    this.#pacer = options.pacer;
    this.#clock = options.clock;
  }

  /** `stopped`: there is no time left to look natural. */
  async send(live: LiveSession, claimed: ClaimedMessage, stopped: AbortSignal): Promise<void> {
    const result = await this.#try(live, claimed, stopped);
    await this.#outbox.settle(live, claimed, result);
  }

  async #try(live: LiveSession, claimed: ClaimedMessage, stopped: AbortSignal): Promise<AttemptResult> {
    const { message } = claimed;
    const content = await this.#contentOf(live, message);
    if ('kind' in content) return content;
    const withdrawn = new AbortController();
    const hooks: SendHooks = {
      beforeWire: async () => {
        if (await this.#outbox.markWritten(live, claimed)) return;
        withdrawn.abort();
        throw new Error('the message must not be sent any more');
      },
    };
    const frozen = {
      whatsappId: message.whatsappId ?? '',
      to: message.recipient ?? '',
      content: content.bytes,
    };
    const pacing = { policy: this.#pacer.policyOf(live), clock: this.#clock, stopped };
    const typed = { to: frozen.to, text: message.text ?? null };
    const outcome = await whileTyping(live, typed, pacing, () => live.session.send(frozen, hooks));
    return withdrawn.signal.aborted ? { kind: 'WITHDRAWN' } : outcome;
  }

  /** The frozen content. A file is uploaded the first time and its content frozen then. */
  async #contentOf(live: LiveSession, message: Message): Promise<{ bytes: Uint8Array } | AttemptResult> {
    const key = await this.#keys.dataKey(live.ctx, message.deviceId);
    const place = contentPlace(message.id);
    const sealed = message.content;
    if (sealed instanceof Uint8Array) return { bytes: key.open(sealed, place) };
    try {
      const bytes = await this.#uploader.upload(live, message);
      await this.#outbox.freeze(live, message, key.seal(bytes, place));
      return { bytes };
    } catch (error) {
      if (error instanceof SessionFencedError || !(error instanceof AppError)) throw error;
      return { kind: 'UPLOAD_FAILED', retryable: error.retryable, detail: error.message };
    }
  }
}
