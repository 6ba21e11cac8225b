import type { Clock } from '../../../kernel/clock.js';
import type { Database } from '../../../platform/database/database.js';
import type { Logger } from '../../../platform/logging/logger.js';
import type { PairingRequest, SessionClose, WhatsApp } from '../../../whatsapp/index.js';
import type { DeviceKeys } from '../device.keys.js';
import type { PairingRecorder } from './pairing-recorder.js';
import type { InboxWriter, OwnedDevice, SessionWork } from './ports.js';
import { PostgresAuthStore } from './postgres-auth-store.js';
import { RunningSession } from './running-session.js';
import type { SessionRecorder } from './session-recorder.js';

interface SessionFactoryOptions {
  readonly database: Database;
  readonly whatsapp: WhatsApp;
  readonly keys: DeviceKeys;
  readonly inbox: InboxWriter;
  readonly work: SessionWork;
  readonly recorder: SessionRecorder;
  readonly pairings: PairingRecorder;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Opens sessions with everything that they need. */
export class SessionFactory {
  readonly #options: SessionFactoryOptions;

  constructor(options: SessionFactoryOptions) {
    this.#options = options;
  }

  open(
    owned: OwnedDevice,
    purpose: {
      readonly pairing?: { readonly id: string; readonly request: PairingRequest };
      readonly unlink?: true;
    },
    onEnded: (close: SessionClose) => void,
  ): RunningSession {
    const { database, keys, inbox, whatsapp, recorder, pairings, work, clock, logger } = this.#options;
    return new RunningSession({
      owned,
      whatsapp,
      auth: new PostgresAuthStore({ database, keys, inbox, owned, logger }),
      recorder,
      pairings,
      work,
      clock,
      logger,
      onEnded,
      ...purpose,
    });
  }
}
