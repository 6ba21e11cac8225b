import { afterEach } from 'vitest';
import { systemClock } from '../../../src/kernel/clock.js';
import {
  Simulator,
  type Phone,
  type PhoneOptions,
  type SimulatorOptions,
} from '../../../src/simulator/index.js';
import {
  BaileysWhatsApp,
  type SessionTimeouts,
  type WhatsAppOptions,
} from '../../../src/whatsapp/baileys/index.js';
import type { PairingRequest, WhatsAppSession } from '../../../src/whatsapp/index.js';
import { MemoryAuthStore } from './memory-auth-store.js';
import { RecordingObserver } from './recording-observer.js';
import { until } from './until.js';

/** A session with everything around it. */
interface Member {
  readonly session: WhatsAppSession;
  readonly store: MemoryAuthStore;
  readonly observer: RecordingObserver;
}

export interface LinkedMember extends Member {
  readonly phone: Phone;
}

interface OpenOptions {
  readonly store?: MemoryAuthStore;
  readonly observer?: RecordingObserver;
  readonly pairing?: PairingRequest;
  readonly timeouts?: Partial<SessionTimeouts>;
}

/** A loopback WhatsApp and the sessions that a test opens on it; all of it ends with the test. */
export class Stage {
  readonly simulator: Simulator;
  readonly warnings: string[] = [];
  readonly #sessions: WhatsAppSession[] = [];

  private constructor(simulator: Simulator) {
    this.simulator = simulator;
  }

  static async start(options: SimulatorOptions = {}): Promise<Stage> {
    return new Stage(
      await Simulator.start({ receipts: { deliveredAfterMs: 20, readAfterMs: null }, ...options }),
    );
  }

  whatsapp(timeouts: Partial<SessionTimeouts> = {}, more: Partial<WhatsAppOptions> = {}): BaileysWhatsApp {
    const log = (_facts: object, message: string): void => void this.warnings.push(message);
    return new BaileysWhatsApp({
      websocketUrl: this.simulator.url,
      mediaHost: this.simulator.mediaHost,
      mediaCa: this.simulator.caCertificatePem,
      logger: { warn: log, error: log },
      clock: systemClock,
      timeouts,
      ...more,
    });
  }

  open({ store, observer, pairing, timeouts }: OpenOptions = {}): Member {
    const member = { store: store ?? new MemoryAuthStore(), observer: observer ?? new RecordingObserver() };
    const session = this.whatsapp(timeouts).open({
      deviceId: `device-${String(this.#sessions.length)}`,
      auth: member.store,
      observer: member.observer,
      ...(pairing === undefined ? {} : { pairing }),
    });
    this.#sessions.push(session);
    return { session, ...member };
  }

  /** A number that is paired by QR and logged in. */
  async link(options: PhoneOptions & { timeouts?: Partial<SessionTimeouts> } = {}): Promise<LinkedMember> {
    const { timeouts, ...habits } = options;
    const phone = this.simulator.createPhone(habits);
    const member = this.open({ pairing: { method: 'QR' }, ...(timeouts === undefined ? {} : { timeouts }) });
    const qr = await until(() => member.observer.qrs[0], 'the first QR');
    await phone.scan(qr.text);
    await member.observer.isOpened();
    return { ...member, phone };
  }

  /** The same device in a new process: what the store holds is all that is left. */
  reopen(member: Member, options: OpenOptions = {}): Member {
    return this.open({ store: member.store, ...options });
  }

  async end(): Promise<void> {
    await Promise.all(this.#sessions.map((session) => session.close()));
    await this.simulator.close();
  }
}

/** Starts a stage that ends with the running test. */
export function useStage(): (options?: SimulatorOptions) => Promise<Stage> {
  const stages: Stage[] = [];
  afterEach(async () => {
    for (const stage of stages.splice(0)) await stage.end();
  });
  return async (options) => {
    const stage = await Stage.start(options);
    stages.push(stage);
    return stage;
  };
}
