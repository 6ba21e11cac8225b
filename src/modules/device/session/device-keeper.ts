import type { Clock } from '../../../kernel/clock.js';
import type { Logger } from '../../../platform/logging/logger.js';
import { SessionFencedError } from '../../../whatsapp/index.js';
import type { SessionClose } from '../../../whatsapp/index.js';
import type { ConnectLimiter } from './connect-limiter.js';
import type { Running } from './next-step.js';
import type { OwnedDevice } from './ports.js';
import type { RunningSession } from './running-session.js';
import type { SessionFactory } from './session-factory.js';
import type { Plan, SessionPlanner } from './session-planner.js';
import type { SessionRecorder } from './session-recorder.js';
import { SingleFlight } from './single-flight.js';

/** A device whose step failed, usually because the database did not answer, is looked at again. */
const RETRY_MS = 2_000;
/** A device whose turn to connect is still to come after this says so. */
const TELL_AFTER_MS = 1_000;
/** What a socket or the work on messages may take to end. */
const CLOSE_TIMEOUT_MS = 12_000;

export interface KeeperServices {
  readonly planner: SessionPlanner;
  readonly recorder: SessionRecorder;
  readonly sessions: SessionFactory;
  readonly limiter: ConnectLimiter;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Keeps the socket of one device in step with its row, one step at a time. */
export class DeviceKeeper {
  readonly #owned: OwnedDevice;
  readonly #services: KeeperServices;
  readonly #stopped = new AbortController();
  readonly #flight = new SingleFlight(() => this.#turn());
  #session: RunningSession | null = null;
  /** The end of the last session, until it is written down. */
  #unwritten: { readonly close: SessionClose; readonly pairingId: string | null } | null = null;
  readonly #onFenced: () => void;
  #adopting: boolean;
  #alarm: AbortController | null = null;

  /** `adopting`: another process may have left a socket of its own in the row. `onFenced`: another process owns the device. */
  constructor(
    owned: OwnedDevice,
    services: KeeperServices,
    { adopting, onFenced }: { readonly adopting: boolean; readonly onFenced: () => void },
  ) {
    this.#owned = owned;
    this.#services = services;
    this.#adopting = adopting;
    this.#onFenced = onFenced;
  }

  /** Nothing runs, is being done, or is to be done later. */
  get isIdle(): boolean {
    return this.#session === null && !this.#flight.isRunning && this.#alarm === null;
  }

  /** Something about the device may have changed. */
  wake(): void {
    if (!this.#isStopped()) this.#flight.request();
  }

  wakeWork(): void {
    this.#session?.wakeWork();
  }

  wakeInbox(): void {
    this.#session?.wakeInbox();
  }

  wakeReads(): void {
    this.#session?.wakeReads();
  }

  wakeDownloads(): void {
    this.#session?.wakeDownloads();
  }

  /** Closes without logging out, and leaves the row to the next owner. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#flight.idle();
    await this.#end((session) => session.close());
    await this.#writeClose();
  }

  /** Closes at once and writes nothing: another process may own the device by now. */
  async drop(): Promise<void> {
    this.#stopped.abort();
    await this.#end((session) => session.drop());
  }

  async #turn(): Promise<void> {
    if (this.#isStopped()) return;
    try {
      await this.#step();
    } catch (err) {
      if (this.#isStopped()) return;
      const { logger } = this.#services;
      const deviceId = this.#owned.device.id;
      if (err instanceof SessionFencedError) {
        logger.warn({ deviceId }, 'another process owns the device; its session is dropped');
        this.#onFenced();
        return;
      }
      logger.warn({ err, deviceId }, 'a step of a device failed; it is tried again');
      this.#wakeAfter(RETRY_MS);
    }
  }

  async #step(): Promise<void> {
    await this.#writeClose();
    const { planner } = this.#services;
    // What is adopted is to be connected, as good as always; what it is to be in truth is decided with the row locked.
    const step = this.#adopting ? 'LOG_IN' : await planner.look(this.#owned, this.#running);
    if (step === null) {
      this.#session?.lookForWork();
      return;
    }
    const connects = step === 'LOG_IN' || step === 'PAIR';
    await (connects ? this.#whenConnecting(() => this.#prepared()) : this.#prepared());
  }

  async #prepared(): Promise<void> {
    await this.#take(await this.#services.planner.prepare(this.#owned, this.#running, this.#adopting));
  }

  /** Takes one of the places of those who connect, until the session that `work` opens stands or has come to nothing. */
  async #whenConnecting(work: () => Promise<void>): Promise<void> {
    const turn = this.#services.limiter.turn(this.#stopped.signal);
    if (this.#adopting) await this.#tellWhileWaiting(turn);
    const connected = await turn;
    try {
      await work();
    } finally {
      const session = this.#session;
      if (session === null) connected();
      else void session.connected.then(connected);
    }
  }

  /** Meanwhile the row says that another process's socket is open. Whoever has its turn soon writes that down with the connecting itself. */
  async #tellWhileWaiting(turn: Promise<unknown>): Promise<void> {
    const { clock, planner } = this.#services;
    const isTurn = new AbortController();
    const soon = turn.then(
      () => isTurn.abort(),
      () => isTurn.abort(),
    );
    await Promise.race([soon, clock.sleep(TELL_AFTER_MS, isTurn.signal).catch(() => undefined)]);
    // What fails here fails again in the step itself.
    if (!isTurn.signal.aborted) await planner.adopt(this.#owned).catch(() => undefined);
  }

  async #take(plan: Plan): Promise<void> {
    const { planner, clock } = this.#services;
    switch (plan.step) {
      case 'REST':
        this.#session?.lookForWork();
        break;
      case 'WAIT':
        this.#wakeAfter(plan.until.getTime() - clock.now().getTime());
        break;
      case 'UNLINK':
        await this.#unlink();
        // The row says already what became of the link, and why.
        this.#unwritten = null;
        if (!(await planner.settle(this.#owned, true))) this.wake();
        break;
      case 'CLOSE':
        await this.#end((session) => session.close());
        this.#unwritten = null;
        if (!(await planner.settle(this.#owned, false))) this.wake();
        break;
      case 'REOPEN':
        await this.#end((session) => session.close());
        this.wake();
        break;
      case 'LOG_IN':
        this.#open({});
        break;
      case 'PAIR':
        this.#open({ pairing: { id: plan.pairingId, request: plan.request } });
        break;
    }
  }

  /** Nobody may be logged in with what there is to unlink: then one login is made for that, and not repeated when it fails. */
  async #unlink(): Promise<void> {
    const { planner } = this.#services;
    if (this.#session !== null) return this.#end((session) => session.logOut());
    if (!(await planner.hasLink(this.#owned))) return;
    await this.#whenConnecting(async () => this.#open({ unlink: true }));
    await this.#end((session) => session.over);
  }

  #open(purpose: Parameters<SessionFactory['open']>[1]): void {
    // Dropped while the step was being taken: nobody is left who would close the socket.
    if (this.#stopped.signal.aborted) return;
    this.#adopting = false;
    const session: RunningSession = this.#services.sessions.open(this.#owned, purpose, (close) => {
      if (this.#session === session) this.#ended(close, session.pairingId);
    });
    this.#session = session;
  }

  #isStopped(): boolean {
    return this.#stopped.signal.aborted;
  }

  get #running(): Running {
    if (this.#session === null) return { kind: 'NOTHING' };
    const { pairingId } = this.#session;
    return pairingId === null ? { kind: 'LOGIN' } : { kind: 'PAIRING', pairingId };
  }

  #ended(close: SessionClose, pairingId: string | null): void {
    this.#session = null;
    this.#unwritten = { close, pairingId };
    this.wake();
  }

  async #writeClose(): Promise<void> {
    if (this.#unwritten === null) return;
    const { close, pairingId } = this.#unwritten;
    // A session that was refused its write has no right to this one either.
    if (close.reason !== 'FENCED') await this.#services.recorder.closed(this.#owned, close, pairingId);
    this.#unwritten = null;
  }

  async #end(how: (session: RunningSession) => Promise<void>): Promise<void> {
    this.#alarm?.abort();
    this.#alarm = null;
    const session = this.#session;
    if (session === null) return;
    const inTime = new AbortController();
    const timeout = this.#services.clock.sleep(CLOSE_TIMEOUT_MS, inTime.signal).catch(() => undefined);
    await Promise.race([how(session), timeout]).finally(() => inTime.abort());
    if (this.#session !== session) return;
    // What a socket that does not end still says is not listened to.
    this.#session = null;
    void session.drop();
  }

  #wakeAfter(delayMs: number): void {
    this.#alarm?.abort();
    const alarm = new AbortController();
    this.#alarm = alarm;
    const signal = AbortSignal.any([alarm.signal, this.#stopped.signal]);
    this.#services.clock.sleep(Math.max(0, delayMs), signal).then(
      () => {
        this.#alarm = null;
        this.wake();
      },
      () => undefined,
    );
  }
}
