import { AuditEntry } from '../modules/audit/index.js';
import {
  Automation,
  AutomationRun,
  AutomationRunStep,
  AutomationWatch,
} from '../modules/automation/index.js';
import { Package, Plan, QuotaGrant, UsageDay, Voucher } from '../modules/billing/index.js';
import { BulkOperation, Contact, ContactField, ContactMerge, ContactNote } from '../modules/contact/index.js';
import { ActiveNumber, Device, DeviceSecret, DeviceToken, Pairing } from '../modules/device/index.js';
import {
  ApiKey,
  Invitation,
  InvitationSubaccount,
  LoginSession,
  Membership,
  MembershipSubaccount,
  Team,
  TeamMember,
  User,
} from '../modules/identity/index.js';
import { AwayReply, ConversationHandling, ConversationView, InboxSettings } from '../modules/inbox/index.js';
import {
  CannedReply,
  Conversation,
  ConversationNote,
  Media,
  Message,
  MessageAttempt,
} from '../modules/messaging/index.js';
import { Deal, DealMove, Pipeline, Stage } from '../modules/pipeline/index.js';
import { Agency, Subaccount } from '../modules/tenancy/index.js';
import { WebhookAttempt, WebhookDelivery, WebhookEndpoint } from '../modules/webhook/index.js';

/** Every entity of every module. */
export const entities = [
  Agency,
  Subaccount,
  User,
  Membership,
  MembershipSubaccount,
  Invitation,
  InvitationSubaccount,
  Team,
  TeamMember,
  LoginSession,
  ApiKey,
  Plan,
  Package,
  QuotaGrant,
  Voucher,
  UsageDay,
  Device,
  DeviceToken,
  DeviceSecret,
  Pairing,
  ActiveNumber,
  Contact,
  BulkOperation,
  ContactField,
  ContactMerge,
  ContactNote,
  Conversation,
  ConversationNote,
  ConversationView,
  ConversationHandling,
  InboxSettings,
  AwayReply,
  Message,
  MessageAttempt,
  Media,
  CannedReply,
  WebhookEndpoint,
  WebhookDelivery,
  WebhookAttempt,
  Pipeline,
  Stage,
  Deal,
  DealMove,
  AuditEntry,
  Automation,
  AutomationRun,
  AutomationRunStep,
  AutomationWatch,
];
