import { AuditCollector, AuditReader, AuditRetention } from '../modules/audit/index.js';
import {
  PackageService,
  PlanService,
  QuotaReader,
  UsageCounter,
  UsageExport,
  UsageReader,
  VoucherService,
} from '../modules/billing/index.js';
import { ContactDirectory } from '../modules/contact/index.js';
import {
  DeviceKeys,
  DeviceReader,
  DeviceService,
  DeviceTokenService,
  DeviceWaker,
  PairingJournal,
  PairingService,
  QrLinks,
  QrOffers,
  SubaccountSuspension,
} from '../modules/device/index.js';
import {
  AgencyFoundingService,
  ApiKeyService,
  Authenticator,
  InvitationService,
  LoginLimiter,
  LoginService,
  MemberService,
  PasswordService,
  SignUpService,
  TeamService,
  TokenCache,
  TokenRevocations,
  TokenUsage,
  UserService,
} from '../modules/identity/index.js';
import { HandlingMerge } from '../modules/inbox/index.js';
import {
  ActionWriter,
  BullMediaFetchQueue,
  CannedReplyService,
  ContactRoutingService,
  ConversationMerge,
  ConversationReader,
  ConversationService,
  MediaLinks,
  MessageActionService,
  MessageReader,
  MessageSearch,
  MessageService,
  MessageWriter,
  TypingService,
  NoteService,
} from '../modules/messaging/index.js';
import { OverviewReader } from '../modules/overview/index.js';
import { DealMerge, DealReader, DealService, PipelineService } from '../modules/pipeline/index.js';
import { AgencyService, SubaccountService, TenantScopes } from '../modules/tenancy/index.js';
import { Passwords } from '../platform/crypto/passwords.js';
import { PathSigner } from '../platform/crypto/path-signer.js';
import { EventFeed } from '../platform/events/event-feed.js';
import { EventLog } from '../platform/events/event-log.js';
import { FileMediaStore } from '../platform/media/file-media-store.js';
import { OutboundHttp } from '../platform/outbound/outbound-http.js';
import { contentCodec } from '../whatsapp/baileys/content.js';
import { AutomationMerge } from '../modules/automation/index.js';
import { createAutomation } from './automation.js';
import { createContacts } from './contacts.js';
import type { Infrastructure } from './infrastructure.js';
import { tempFolder } from './tidy-up.js';
import { createInbox } from './inbox.js';
import { createWebhooks } from './webhooks.js';

export type Services = ReturnType<typeof createServices>;

/** Makes every service of every module once. `publicUrl` is asked late: the port may be chosen at the start. */
export function createServices(infrastructure: Infrastructure, publicUrl: () => string) {
  const shared = createShared(infrastructure);
  const billing = createBilling(infrastructure);
  const tenancy = createTenancy(infrastructure, billing);
  const pipeline = createPipeline(infrastructure);
  const messaging = createMessaging(infrastructure, shared, publicUrl);
  const inbox = createInbox(infrastructure, messaging);
  return {
    ...shared,
    pacing: { clock: infrastructure.clock, defaultPacing: infrastructure.config.defaultPacing },
    ...billing,
    ...tenancy,
    ...createIdentity(infrastructure, tenancy, billing),
    ...createDevice(infrastructure, shared, { ...billing, ...tenancy }, publicUrl),
    ...createContacts(
      infrastructure,
      { directory: shared.contactDirectory, store: shared.mediaStore },
      publicUrl,
    ),
    ...messaging,
    ...inbox,
    ...createUsage(infrastructure, tenancy, publicUrl),
    ...createWebhooks(infrastructure, shared.outboundHttp),
    ...createAudit(infrastructure, tenancy),
    ...pipeline,
    ...createAutomation(infrastructure, { ...shared, ...pipeline }, publicUrl),
    overviews: new OverviewReader({
      ...infrastructure,
      quotas: billing.quotas,
      handlings: inbox.handlings,
    }),
  };
}

function createShared({ config, database, queues, hints, clock, masterKey }: Infrastructure) {
  const eventLog = new EventLog(database, clock);
  const deviceKeys = new DeviceKeys(database, masterKey);
  return {
    eventLog,
    eventFeed: new EventFeed(eventLog, hints),
    deviceKeys,
    waker: new DeviceWaker({ database, queues, clock }),
    outboundHttp: new OutboundHttp({ allow: config.outboundAllow, tempDir: tempFolder(config) }),
    mediaStore: new FileMediaStore(config.mediaDir),
    mediaQueue: new BullMediaFetchQueue(queues),
    contactDirectory: new ContactDirectory({
      clock,
      references: [new ConversationMerge([new HandlingMerge()]), new DealMerge(clock), new AutomationMerge()],
    }),
  };
}
type Shared = ReturnType<typeof createShared>;

function createBilling({ database, clock }: Infrastructure) {
  return {
    plans: new PlanService({ database, clock }),
    packages: new PackageService({ database, clock }),
    quotas: new QuotaReader({ database, clock }),
    vouchers: new VoucherService({ database, clock }),
  };
}
type Billing = ReturnType<typeof createBilling>;

function createTenancy({ database, clock }: Infrastructure, { plans }: Billing) {
  const scopes = new TenantScopes({ database });
  return {
    scopes,
    agencies: new AgencyService({ database, scopes }),
    subaccounts: new SubaccountService({ database, scopes, plans, clock }),
  };
}
type Tenancy = ReturnType<typeof createTenancy>;

function createIdentity(infrastructure: Infrastructure, { scopes, agencies }: Tenancy, { plans }: Billing) {
  const { config, database, broker, clock, hints, logger, masterKey, operatorKey } = infrastructure;
  const passwords = new Passwords();
  const cache = new TokenCache(clock);
  const revocations = new TokenRevocations({ cache, hints });
  const limiter = new LoginLimiter(broker.rateLimiter);
  const usage = new TokenUsage({ database, clock, logger });
  return {
    revocations,
    tokenUsage: usage,
    founding: new AgencyFoundingService({ database, agencies, passwords, masterKey, clock }),
    users: new UserService({ database, scopes, passwords, clock }),
    teams: new TeamService({ database, clock }),
    members: new MemberService({ database, scopes, revocations, clock }),
    passwords: new PasswordService({ database, scopes, passwords, limiter, revocations, clock }),
    invitations: new InvitationService({ database, scopes, passwords, clock }),
    logins: new LoginService({ database, passwords, limiter, revocations, clock }),
    signUps: new SignUpService({ database, passwords, clock, plans, agencyId: config.signupAgencyId }),
    apiKeys: new ApiKeyService({ database, scopes, revocations, clock }),
    authenticator: new Authenticator({ database, cache, usage, clock, operatorKey: operatorKey.key }),
  };
}

function createDevice(
  { database, clock, hints, masterKey }: Infrastructure,
  { deviceKeys: keys, waker }: Shared,
  { packages, scopes }: Billing & Tenancy,
  publicUrl: () => string,
) {
  const journal = new PairingJournal(hints);
  const tokens = new DeviceTokenService({ database, hints, clock });
  const devices = new DeviceService({
    database,
    tokens,
    pairings: journal,
    keys,
    packages,
    masterKey,
    waker,
    clock,
  });
  const pairings = new PairingService({ database, keys, journal, waker, hints, clock });
  return {
    journal,
    deviceTokens: tokens,
    devices,
    deviceReader: new DeviceReader({ database }),
    subaccountSuspension: new SubaccountSuspension({ database, scopes, pairings: journal, waker, clock }),
    pairings,
    qrOffers: new QrOffers({ devices, pairings }),
    qrLinks: new QrLinks({ pairings, clock, signer: new PathSigner(masterKey), publicUrl }),
  };
}

function createMessaging(
  { config, database, clock, masterKey, hints }: Infrastructure,
  shared: Shared,
  publicUrl: () => string,
) {
  const {
    contactDirectory: contacts,
    deviceKeys,
    outboundHttp,
    waker,
    mediaQueue,
    mediaStore: store,
  } = shared;
  const writer = new MessageWriter({
    clock,
    contacts,
    deviceKeys,
    codec: contentCodec,
    brandLine: config.brandLine,
  });
  const signer = new PathSigner(masterKey);
  return {
    contactRouting: new ContactRoutingService({ database, clock }),
    conversations: new ConversationService({ database, clock, waker }),
    conversationReader: new ConversationReader({ database }),
    conversationNotes: new NoteService({ database, clock }),
    messageReader: new MessageReader({ database }),
    typing: new TypingService({ database, hints }),
    cannedReplies: new CannedReplyService({ database, clock }),
    messageSearch: new MessageSearch({ database }),
    messages: new MessageService({ database, clock, writer, outboundHttp, waker, mediaQueue }),
    messageActions: new MessageActionService({
      database,
      clock,
      waker,
      codec: contentCodec,
      writer: new ActionWriter({ clock, deviceKeys }),
    }),
    mediaLinks: new MediaLinks({ database, clock, store, signer, publicUrl }),
  };
}

function createUsage(
  { database, clock, masterKey }: Infrastructure,
  { scopes }: Tenancy,
  publicUrl: () => string,
) {
  return {
    usage: new UsageReader({ database, scopes }),
    usageCounter: new UsageCounter({ database }),
    usageExport: new UsageExport({ database, clock, signer: new PathSigner(masterKey), publicUrl }),
  };
}

function createPipeline({ database, clock }: Infrastructure) {
  return {
    pipelines: new PipelineService({ database, clock }),
    deals: new DealService({ database, clock }),
    dealReader: new DealReader({ database }),
  };
}

function createAudit({ config, database, clock, logger }: Infrastructure, { scopes }: Tenancy) {
  return {
    audit: new AuditReader({ database, scopes }),
    auditCollector: new AuditCollector({ database, logger }),
    auditRetention: new AuditRetention({ database, clock, days: config.auditRetentionDays }),
  };
}
