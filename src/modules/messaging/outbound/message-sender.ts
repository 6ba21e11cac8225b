import type { Clock } from '../../../kernel/clock.js';
import { AppError } from '../../../kernel/errors.js';
import { SessionFencedError } from '../../../whatsapp/index.js';
import type { FrozenMessage, SendHooks } from '../../../whatsapp/index.js';
import type { DeviceKeys, LiveSession, SendPolicy } from '../../device/index.js';
import { contentPlace } from '../message/message.content.js';
import type { Message } from '../message/message.entity.js';
import type { MediaUploader } from '../media/media-uploader.js';
import type { ClaimedMessage } from './claimed-message.js';
import type { Outbox } from './outbox.js';
import type { Pacer } from './pacing/pacer.js';
import { PreparationGate } from './preparation-gate.js';
import { whileTyping } from './pacing/typing.js';
import type { AttemptResult } from './settlement.js';

/** Messages in hand over all devices. Who is asked to stop sends them all, in a few seconds; a device alone takes its ten. */
const MAX_IN_HAND = 200;

interface Manner {
  /** null: not typed before. */
  readonly policy: SendPolicy | null;
  readonly stopped: AbortSignal;
  /** Before something is prepared; returns how to leave. */
  readonly enter: () => Promise<() => void>;
  /** What was entered once is left on the wire, not before. */
  readonly stays: boolean;
}

/** Takes one claimed message to WhatsApp. */
export class MessageSender {
  readonly #outbox: Outbox;
  readonly #keys: DeviceKeys;
  readonly #uploader: MediaUploader;
  readonly #pacer: Pacer;
  readonly #clock: Clock;
  readonly #gate = new PreparationGate();
  #drains = 0;

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

  /** So many messages each drain that runs in this process may have in hand. */
  get share(): number {
    return Math.max(1, Math.floor(MAX_IN_HAND / Math.max(1, this.#drains)));
  }

  /** Counts a drain while `work` runs. */
  async sharing(work: () => Promise<void>): Promise<void> {
    this.#drains += 1;
    try {
      await work();
    } finally {
      this.#drains -= 1;
    }
  }

  /** How it ended. `stopped`: there is no time left to look natural. */
  send(live: LiveSession, claimed: ClaimedMessage, stopped: AbortSignal): Promise<AttemptResult> {
    return this.#try(live, claimed, {
      policy: this.#pacer.policyOf(live),
      stopped,
      stays: false,
      enter: () => this.#gate.enter(),
    });
  }

  /**
   * Runs `work` while no other message is prepared in this process, until the message that it sends is on the wire. Its recipient sees no
   * typing: nobody should have to wait for that.
   */
  async alone(
    work: (send: (live: LiveSession, claimed: ClaimedMessage) => Promise<AttemptResult>) => Promise<void>,
  ): Promise<void> {
    const leave = await this.#gate.enterAlone();
    const manner = {
      policy: null,
      stopped: new AbortController().signal,
      stays: true,
      enter: async () => leave,
    };
    try {
      await work((live, claimed) => this.#try(live, claimed, manner));
    } finally {
      leave();
    }
  }

  async #try(live: LiveSession, claimed: ClaimedMessage, manner: Manner): Promise<AttemptResult> {
    const { message } = claimed;
    const content = await this.#contentOf(live, message, manner);
    if ('kind' in content) return content;
    const frozen = {
      whatsappId: message.whatsappId ?? '',
      to: message.recipient ?? '',
      content: content.bytes,
    };
    const typed = { to: frozen.to, text: message.kind === 'REACTION' ? null : (message.text ?? null) };
    return whileTyping(live, typed, { ...manner, clock: this.#clock }, () =>
      this.#write(live, claimed, frozen, manner),
    );
  }

  async #write(
    live: LiveSession,
    claimed: ClaimedMessage,
    frozen: FrozenMessage,
    { enter }: Manner,
  ): Promise<AttemptResult> {
    const leave = await enter();
    const withdrawn = new AbortController();
    const intent = this.#outbox.intentOf(live, claimed);
    const hooks: SendHooks = {
      intent,
      beforeWire: async () => {
        const marked = await this.#outbox.markWritten(live, claimed, intent);
        leave();
        if (marked) return;
        withdrawn.abort();
        throw new Error('the message must not be sent any more');
      },
    };
    try {
      const outcome = await live.session.send(frozen, hooks);
      return withdrawn.signal.aborted ? { kind: 'WITHDRAWN' } : outcome;
    } finally {
      leave();
    }
  }

  /** The frozen content. A file is uploaded the first time and its content frozen then. */
  async #contentOf(
    live: LiveSession,
    message: Message,
    { enter, stays }: Manner,
  ): Promise<{ bytes: Uint8Array } | AttemptResult> {
    const key = await this.#keys.dataKey(live.ctx, message.deviceId);
    const place = contentPlace(message.id);
    const sealed = message.content;
    if (sealed instanceof Uint8Array) return { bytes: key.open(sealed, place) };
    const leave = await enter();
    try {
      const bytes = await this.#uploader.upload(live, message);
      await this.#outbox.freeze(live, message, key.seal(bytes, place));
      return { bytes };
    } catch (error) {
      if (error instanceof SessionFencedError || !(error instanceof AppError)) throw error;
      return { kind: 'UPLOAD_FAILED', retryable: error.retryable, detail: error.message };
    } finally {
      if (!stays) leave();
    }
  }
}
