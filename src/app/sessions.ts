import { Supervisor } from '../modules/device/index.js';
import {
  Inbox,
  InboundApplier,
  InboundService,
  MediaDownloader,
  MediaUploader,
  MessageSender,
  MessagingSessionWork,
  Outbox,
  Pacer,
  PhoneReadings,
  ReadReceipts,
  ReceiptService,
  SessionPresence,
  WaitingWork,
} from '../modules/messaging/index.js';
import { createProtocolLogger } from '../platform/logging/protocol-logger.js';
import { contentCodec } from '../whatsapp/baileys/content.js';
import { BaileysWhatsApp, type SessionTimeouts } from '../whatsapp/baileys/index.js';
import { armCrashPoints, type CrashPoints } from './crash-points.js';
import type { Infrastructure } from './infrastructure.js';
import type { ProcessMetrics } from './metrics/process-metrics.js';
import { watchParts } from './metrics/watch-parts.js';
import type { Services } from './services.js';
import { tempFolder } from './tidy-up.js';

/** What applies the inbox; shared by the sessions and by the worker that looks after what they left. */
export function createInbound(
  { database, clock, logger }: Infrastructure,
  services: Services,
): InboundService {
  const { deviceKeys, contactDirectory: contacts, optOuts, mediaStore, waker } = services;
  const applier = new InboundApplier({
    clock,
    codec: contentCodec,
    contacts,
    optOuts,
    deviceKeys,
    removeMedia: (key) => mediaStore.delete(key),
    waker,
  });
  return new InboundService({ database, clock, logger, deviceKeys, applier });
}

export interface SessionsOptions {
  readonly timeouts?: Partial<SessionTimeouts>;
  /** For tests that end the process where it hurts most. */
  readonly crashPoints?: CrashPoints;
}

/** The sessions of this process: the supervisor with WhatsApp on one side and messaging on the other. */
export function createSupervisor(
  infrastructure: Infrastructure,
  services: Services,
  options: SessionsOptions,
  metrics: ProcessMetrics | null,
): Supervisor {
  const { config, database, queues, clock, logger } = infrastructure;
  const { deviceKeys, journal } = services;
  const { timeouts = {}, crashPoints } = options;
  const whatsapp = createWhatsApp(infrastructure, timeouts);
  const inbox = new Inbox({ database, clock, deviceKeys });
  if (crashPoints !== undefined) armCrashPoints({ whatsapp, inbox }, crashPoints);
  if (metrics !== null) watchParts({ whatsapp, inbox }, metrics);
  const supervisor = new Supervisor({
    database,
    queues,
    clock,
    logger,
    whatsapp,
    keys: deviceKeys,
    journal,
    inbox,
    work: createSessionWork(infrastructure, services, crashPoints, metrics),
    nodeName: config.nodeName,
    roles: config.roles,
    connectsPerSecond: config.whatsapp.connectsPerSecond,
    leaseTimes: { ttlMs: config.leaseTtlMs },
  });
  if (metrics !== null) watchParts({ supervisor }, metrics);
  return supervisor;
}

function createWhatsApp(infrastructure: Infrastructure, timeouts: Partial<SessionTimeouts>): BaileysWhatsApp {
  const { config, clock, logger, mediaCa } = infrastructure;
  const { websocketUrl, version, mediaHost } = config.whatsapp;
  return new BaileysWhatsApp({
    logger: createProtocolLogger(logger),
    clock,
    websocketUrl,
    timeouts,
    ...(version !== null && { version }),
    ...(mediaHost !== null && { mediaHost }),
    ...(mediaCa !== null && { mediaCa }),
  });
}

function createSessionWork(
  infrastructure: Infrastructure,
  services: Services,
  crashPoints: CrashPoints | undefined,
  metrics: ProcessMetrics | null,
): MessagingSessionWork {
  const { config, database, clock, logger, hints } = infrastructure;
  const { deviceKeys, mediaStore: store } = services;
  const tempDir = tempFolder(config);
  const pacer = new Pacer(services.pacing);
  const outbox = new Outbox({ database, clock, node: config.runName, random: Math.random, pacer });
  if (crashPoints !== undefined) armCrashPoints({ outbox }, crashPoints);
  if (metrics !== null) watchParts({ outbox }, metrics);
  return new MessagingSessionWork({
    outbox,
    sender: new MessageSender({
      outbox,
      pacer,
      clock,
      deviceKeys,
      uploader: new MediaUploader({ database, deviceKeys, codec: contentCodec, store, tempDir }),
    }),
    receipts: new ReceiptService({ database }),
    inbound: createInbound(infrastructure, services),
    presence: new SessionPresence({ hints, clock }),
    waiting: new WaitingWork({ database, clock }),
    readReceipts: new ReadReceipts({ database }),
    phoneReadings: new PhoneReadings({ database }),
    downloader: new MediaDownloader({ database, clock, deviceKeys, store, tempDir }),
    clock,
    logger,
  });
}
