import type { Clock } from '../../kernel/clock.js';
import type { Logger } from '../../platform/logging/logger.js';
import { SessionFencedError } from '../../whatsapp/index.js';
import type { OwnReading, ReceiptUpdate, SessionObserver, TypingUpdate } from '../../whatsapp/index.js';
import type { LiveSession, SessionWork } from '../device/index.js';
import { BackgroundRun } from './background-run.js';
import type { InboundService } from './inbound/inbound.service.js';
import type { MediaDownloader } from './media/media-downloader.js';
import { DeviceDrain } from './outbound/device-drain.js';
import type { MessageSender } from './outbound/message-sender.js';
import type { Outbox } from './outbound/outbox.js';
import type { SessionPresence } from './presence/session-presence.js';
import type { PhoneReadings } from './reading/phone-readings.js';
import type { ReadReceipts } from './reading/read-receipts.js';
import type { ReceiptService } from './outbound/receipt.service.js';
import type { WaitingWork } from './waiting-work.js';

/** How long WhatsApp may take to tell what happened while we were away, before unsettled messages are repeated. */
const CAUGHT_UP_PATIENCE_MS = 10_000;

export interface SessionWorkOptions {
  readonly outbox: Outbox;
  readonly sender: MessageSender;
  readonly receipts: ReceiptService;
  readonly inbound: InboundService;
  readonly downloader: MediaDownloader;
  readonly readReceipts: ReadReceipts;
  readonly phoneReadings: PhoneReadings;
  readonly presence: Pick<SessionPresence, 'serve' | 'tell'>;
  readonly waiting: Pick<WaitingWork, 'of'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What runs for one session. The runs do not wait for each other: a slow download holds up neither sending nor receiving. */
interface Runs {
  readonly drain: DeviceDrain;
  readonly sending: BackgroundRun;
  readonly downloading: BackgroundRun;
  readonly readReceipts: BackgroundRun;
  readonly caughtUp: AbortController;
}

/** What messaging does with a logged-in device: sends what is due, applies what came, moves messages on by receipts. */
export class MessagingSessionWork implements SessionWork {
  readonly #options: SessionWorkOptions;
  readonly #runs = new WeakMap<LiveSession, Runs>();

  constructor(options: SessionWorkOptions) {
    this.#options = options;
  }

  async onOpen(live: LiveSession): Promise<void> {
    this.#options.presence.serve(live);
    void this.#recover(live);
  }

  async onLook(live: LiveSession): Promise<void> {
    const { sends, inbox, reads, files } = await this.#options.waiting.of(live.device.id);
    if (sends) await this.onWake(live);
    if (reads) await this.onMarkedRead(live);
    if (files) await this.onFilesDue(live);
    if (inbox) await this.onInbox(live);
  }

  async onWake(live: LiveSession): Promise<void> {
    this.#runsOf(live).sending.wake();
  }

  async onInbox(live: LiveSession): Promise<void> {
    await this.#options.inbound.applyDue(live.ctx, live.device.id, live.signal);
  }

  async onReceipts(live: LiveSession, receipts: readonly ReceiptUpdate[]): Promise<void> {
    await this.#options.receipts.apply(live, receipts);
  }

  async onReadElsewhere(live: LiveSession, reading: OwnReading): Promise<void> {
    await this.#options.phoneReadings.apply(live, reading);
  }

  async onMarkedRead(live: LiveSession): Promise<void> {
    this.#runsOf(live).readReceipts.wake();
  }

  async onFilesDue(live: LiveSession): Promise<void> {
    this.#runsOf(live).downloading.wake();
  }

  async onTyping(live: LiveSession, update: TypingUpdate): Promise<void> {
    this.#options.presence.tell(live, update);
  }

  async onLateAck(live: LiveSession, ack: Parameters<SessionObserver['onLateAck']>[0]): Promise<void> {
    await this.#options.receipts.applyLateAck(live, ack);
  }

  async onCaughtUp(live: LiveSession): Promise<void> {
    this.#runsOf(live).caughtUp.abort();
  }

  async onClosing(live: LiveSession): Promise<void> {
    const { drain, sending } = this.#runsOf(live);
    drain.stop();
    await sending.idle();
  }

  /** Late receipts come with what WhatsApp had queued: only after them it is clear what has to be repeated. */
  async #recover(live: LiveSession): Promise<void> {
    const { drain, sending, caughtUp } = this.#runsOf(live);
    const waiting = AbortSignal.any([live.signal, caughtUp.signal]);
    await this.#options.clock.sleep(CAUGHT_UP_PATIENCE_MS, waiting).catch(() => undefined);
    if (live.signal.aborted || !(await this.#options.waiting.of(live.device.id)).unsettled) return;
    drain.recover();
    sending.wake();
  }

  #runsOf(live: LiveSession): Runs {
    const known = this.#runs.get(live);
    if (known !== undefined) return known;
    const { downloader, readReceipts } = this.#options;
    const drain = new DeviceDrain(live, this.#options);
    const runs = {
      drain,
      sending: new BackgroundRun(() => drain.run(), this.#logged(live, 'the drain of a device stopped')),
      downloading: new BackgroundRun(
        () => downloader.downloadDue(live),
        this.#logged(live, 'the downloads of a device stopped'),
      ),
      readReceipts: new BackgroundRun(
        () => readReceipts.tellDue(live),
        this.#logged(live, 'what was read could not be told'),
      ),
      caughtUp: new AbortController(),
    };
    this.#runs.set(live, runs);
    return runs;
  }

  #logged(live: LiveSession, message: string): (error: unknown) => void {
    return (error) => {
      // Losing a device to another process is how a takeover looks from here.
      const level = error instanceof SessionFencedError ? 'info' : 'error';
      this.#options.logger[level]({ err: error, deviceId: live.device.id }, message);
    };
  }
}
