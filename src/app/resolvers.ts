import { EventResolver, ObjectChangedResolver } from '../graphql/root/event.resolver.js';
import { ActorResolver } from '../graphql/root/actor.resolver.js';
import { NodeResolver } from '../graphql/root/node.resolver.js';
import { ViewerDeviceResolver } from '../graphql/root/viewer-device.resolver.js';
import type { EventTypes } from '../graphql/kit/event.types.js';
import { AgencyAuditResolver, AuditEntryResolver, SubaccountAuditResolver } from '../modules/audit/index.js';
import {
  AutomationResolver,
  AutomationRunResolver,
  AutomationRunsResolver,
  SubaccountAutomationRunsResolver,
  SubaccountAutomationsResolver,
  TrialResolver,
} from '../modules/automation/index.js';
import {
  AgencyUsageResolver,
  PackageResolver,
  PlanResolver,
  SubaccountUsageResolver,
  UsageDayResolver,
  VoucherResolver,
} from '../modules/billing/index.js';
import {
  ContactChangesResolver,
  ContactResolver,
  ContactSearchResolver,
  SubaccountContactsResolver,
} from '../modules/contact/index.js';
import {
  DeviceQuotaResolver,
  DeviceResolver,
  DeviceStatusResolver,
  DeviceUsageResolver,
  PairingResolver,
  SendPolicyResolver,
} from '../modules/device/index.js';
import {
  AgencyAccessResolver,
  AgencyFoundingResolver,
  AgencyInvitationsResolver,
  ApiKeyResolver,
  InvitationResolver,
  LoginResolver,
  MemberResolver,
  SubaccountAccessResolver,
  SubaccountTeamsResolver,
  TeamResolver,
  UserResolver,
  ViewerResolver,
} from '../modules/identity/index.js';
import {
  ContactConversationsResolver,
  ContactRoutingResolver,
  ConversationMessagesResolver,
  ConversationResolver,
  ConversationUpdatedResolver,
  DeviceConversationsResolver,
  DeviceMessagesResolver,
  MessageActionResolver,
  MessageReplyResolver,
  MessageReceivedResolver,
  MessageResolver,
  MessageRoutingResolver,
  MessageSearchResolver,
  MessageStatusChangedResolver,
  MessageWaitResolver,
  SubaccountConversationsResolver,
  SubaccountMessagesResolver,
} from '../modules/messaging/index.js';
import {
  ContactDealsResolver,
  DealResolver,
  DealUpdatedResolver,
  PipelineDealsResolver,
  PipelineResolver,
  StageDealsResolver,
  SubaccountDealsResolver,
  SubaccountPipelinesResolver,
} from '../modules/pipeline/index.js';
import { AgencyResolver, SubaccountResolver } from '../modules/tenancy/index.js';
import {
  DeviceWebhookResolver,
  EndpointDeliveriesResolver,
  SubaccountWebhookDeliveriesResolver,
  SubaccountWebhookEndpointsResolver,
  WebhookDeliveryResolver,
  WebhookEndpointResolver,
} from '../modules/webhook/index.js';
import type { Services } from './services.js';

/** Every class with a part of the API; what the schema is printed from. */
export const RESOLVER_CLASSES = [
  NodeResolver,
  ActorResolver,
  EventResolver,
  ObjectChangedResolver,
  AgencyResolver,
  SubaccountResolver,
  AgencyAccessResolver,
  AgencyFoundingResolver,
  AgencyInvitationsResolver,
  ApiKeyResolver,
  InvitationResolver,
  LoginResolver,
  MemberResolver,
  SubaccountAccessResolver,
  SubaccountTeamsResolver,
  TeamResolver,
  UserResolver,
  ViewerResolver,
  ViewerDeviceResolver,
  AgencyAuditResolver,
  AuditEntryResolver,
  SubaccountAuditResolver,
  PlanResolver,
  PackageResolver,
  VoucherResolver,
  AgencyUsageResolver,
  SubaccountUsageResolver,
  UsageDayResolver,
  ContactResolver,
  ContactChangesResolver,
  SubaccountContactsResolver,
  ContactSearchResolver,
  DeviceQuotaResolver,
  DeviceResolver,
  DeviceStatusResolver,
  DeviceUsageResolver,
  PairingResolver,
  SendPolicyResolver,
  ContactConversationsResolver,
  ContactRoutingResolver,
  ConversationMessagesResolver,
  ConversationResolver,
  ConversationUpdatedResolver,
  DeviceConversationsResolver,
  DeviceMessagesResolver,
  MessageActionResolver,
  MessageReplyResolver,
  MessageReceivedResolver,
  MessageResolver,
  MessageRoutingResolver,
  MessageSearchResolver,
  MessageStatusChangedResolver,
  MessageWaitResolver,
  SubaccountConversationsResolver,
  SubaccountMessagesResolver,
  DeviceWebhookResolver,
  EndpointDeliveriesResolver,
  SubaccountWebhookDeliveriesResolver,
  SubaccountWebhookEndpointsResolver,
  WebhookDeliveryResolver,
  WebhookEndpointResolver,
  ContactDealsResolver,
  DealResolver,
  DealUpdatedResolver,
  PipelineDealsResolver,
  PipelineResolver,
  StageDealsResolver,
  SubaccountDealsResolver,
  SubaccountPipelinesResolver,
  AutomationResolver,
  AutomationRunResolver,
  AutomationRunsResolver,
  SubaccountAutomationRunsResolver,
  SubaccountAutomationsResolver,
  TrialResolver,
];

/** One instance of each of {@link RESOLVER_CLASSES}. */
export function createResolvers(services: Services, types: EventTypes): readonly object[] {
  const { eventFeed: feed, eventLog: log, users, apiKeys } = services;
  return [
    new NodeResolver(),
    new ActorResolver(),
    new EventResolver({ log, feed, types }),
    new ObjectChangedResolver(),
    new AgencyResolver(services.agencies),
    new SubaccountResolver(services.subaccounts),
    new AgencyAccessResolver(users, apiKeys),
    new AgencyFoundingResolver(services.founding),
    new AgencyInvitationsResolver(services.invitations, services.pacing.clock),
    new ApiKeyResolver(apiKeys),
    new InvitationResolver(services.invitations, services.pacing.clock),
    new LoginResolver(services.logins),
    new MemberResolver(services.members, services.passwords),
    new SubaccountAccessResolver(apiKeys),
    new SubaccountTeamsResolver(services.teams),
    new TeamResolver(services.teams),
    new UserResolver(users),
    new ViewerResolver(users, apiKeys),
    new ViewerDeviceResolver(),
    new AgencyAuditResolver(services.audit),
    new AuditEntryResolver(),
    new SubaccountAuditResolver(services.audit),
    new PlanResolver(services.plans),
    new PackageResolver(services.packages),
    new VoucherResolver(services.vouchers),
    new AgencyUsageResolver(services.usage, services.usageExport),
    new SubaccountUsageResolver(services.usage, services.usageExport),
    new UsageDayResolver(),
    ...createContactResolvers(services),
    new ContactSearchResolver(services.contactSearch),
    new DeviceQuotaResolver(services),
    new DeviceUsageResolver(services.devices),
    new DeviceResolver(services.devices, services.deviceTokens),
    new DeviceStatusResolver(feed, services.devices),
    new PairingResolver(services.pairings),
    new SendPolicyResolver(services.pacing),
    ...createMessagingResolvers(services),
    new DeviceWebhookResolver(services.deviceWebhooks, services.devices),
    new SubaccountWebhookEndpointsResolver(services.webhookEndpoints),
    new EndpointDeliveriesResolver(services.webhookDeliveries),
    new SubaccountWebhookDeliveriesResolver(services.webhookDeliveries),
    new WebhookDeliveryResolver(services.webhookDeliveries),
    new WebhookEndpointResolver(services.webhookEndpoints),
    ...createPipelineResolvers(services),
    ...createAutomationResolvers(services),
  ];
}

function createContactResolvers({ contacts, contactReader }: Services): readonly object[] {
  return [
    new ContactResolver(contactReader),
    new ContactChangesResolver(contacts),
    new SubaccountContactsResolver(contactReader),
  ];
}

function createMessagingResolvers(services: Services): readonly object[] {
  const { eventFeed: feed, messageReader: reader, conversationReader } = services;
  return [
    new ContactConversationsResolver(conversationReader),
    new ContactRoutingResolver(services.contactRouting),
    new ConversationMessagesResolver(reader),
    new ConversationResolver(services.conversations, conversationReader),
    new ConversationUpdatedResolver(feed, conversationReader),
    new DeviceConversationsResolver(conversationReader),
    new DeviceMessagesResolver(reader),
    new MessageActionResolver(services.messageActions, reader),
    new MessageReplyResolver(),
    new MessageReceivedResolver(feed, reader),
    new MessageResolver({ messages: services.messages, reader, mediaLinks: services.mediaLinks }),
    new MessageRoutingResolver(reader),
    new MessageSearchResolver(services.messageSearch),
    new MessageStatusChangedResolver(feed, reader),
    new MessageWaitResolver({ reader, clock: services.pacing.clock }),
    new SubaccountConversationsResolver(conversationReader),
    new SubaccountMessagesResolver(reader),
  ];
}

function createPipelineResolvers({ eventFeed, pipelines, deals, dealReader }: Services): readonly object[] {
  return [
    new ContactDealsResolver(dealReader),
    new DealResolver(deals, dealReader),
    new DealUpdatedResolver(eventFeed, pipelines),
    new PipelineDealsResolver(dealReader),
    new PipelineResolver(pipelines),
    new StageDealsResolver(dealReader),
    new SubaccountDealsResolver(dealReader),
    new SubaccountPipelinesResolver(pipelines),
  ];
}

function createAutomationResolvers(services: Services): readonly object[] {
  const { automations, automationTemplates, automationSecrets, automationRuns } = services;
  return [
    new AutomationResolver(automations, automationTemplates, automationSecrets),
    new TrialResolver(services.automationTrials),
    new AutomationRunResolver(automationRuns),
    new AutomationRunsResolver(automationRuns),
    new SubaccountAutomationRunsResolver(automationRuns),
    new SubaccountAutomationsResolver(automations),
  ];
}
