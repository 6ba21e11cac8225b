import { idOf, unknownId } from './tenants.js';
import type { Ids, Named } from './tenants.js';

/** One foreign id in one argument; the others name what the caller owns. */
export interface Case {
  readonly named: Named;
  readonly variables: (foreignId: string, own: Ids) => Readonly<Record<string, unknown>>;
}

/** A root field that names nothing of anybody; `reason` says why that is safe. */
interface Harmless {
  readonly reason: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

const byId = (named: Named): Case => ({ named, variables: (id) => ({ id }) });
const byInput = (named: Named, name: string, others: (own: Ids) => object = () => ({})): Case => ({
  named,
  variables: (id, own) => ({ input: { ...others(own), [name]: id } }),
});
const device = (others?: (own: Ids) => object): Case => byInput('Device', 'deviceId', others);
const webhookEndpoint = (others: object = {}): Case =>
  byInput('WebhookEndpoint', 'webhookEndpointId', () => others);
const HOOK = 'https://intruder.example.com/hook';
const subaccount = (own: Ids): string => idOf(own, 'Subaccount');

/** `events` and the views of it: a foreign stream, a foreign device in an own stream, a foreign place in an own stream. */
const stream: Case = { named: 'Subaccount', variables: (subaccountId) => ({ subaccountId }) };
const place: Case = {
  named: 'EventCursor',
  variables: (after, own) => ({ subaccountId: subaccount(own), after }),
};
const streamOfDevice: readonly Case[] = [
  stream,
  place,
  { named: 'Device', variables: (deviceId, own) => ({ subaccountId: subaccount(own), deviceId }) },
  {
    named: 'Subaccount',
    variables: (subaccountId, own) => ({ subaccountId, deviceId: idOf(own, 'Device') }),
  },
];

const inOwnPipeline = (own: Ids): object => ({ pipelineId: idOf(own, 'Pipeline'), title: 'intruder' });
const ownDeal = (own: Ids): object => ({ dealId: idOf(own, 'Deal'), version: 1 });

const ownConversation = (own: Ids): object => ({ conversationId: idOf(own, 'Conversation'), version: 1 });
const ownRule = (own: Ids): object => ({ automationId: idOf(own, 'Automation') });
const rule = { name: 'intruder', trigger: { kind: 'FIRST_MESSAGE' }, steps: [{ kind: 'WAIT', seconds: 1 }] };
/** A rule of the caller's own with a part that names somebody else's. */
const part = (named: Named, partOf: (id: string) => object): Case => ({
  named,
  variables: (id, own) => ({ input: { subaccountId: subaccount(own), ...rule, ...partOf(id) } }),
});

const user = { email: 'intruder@example.com', password: 'correct horse battery staple', role: 'AGENT' };
const key = { name: 'intruder', scopes: ['*'] };

const userCases = (others: object): readonly Case[] => [
  byInput('User', 'userId', () => others),
  byInput('Agency', 'agencyId', (own) => ({ ...others, userId: idOf(own, 'User') })),
];
const teamMembers = [
  byInput('Team', 'teamId', (own) => ({ userIds: [idOf(own, 'User')] })),
  { named: 'User', variables: (id, own) => ({ input: { teamId: idOf(own, 'Team'), userIds: [id] } }) },
] as const satisfies readonly Case[];

/** Every root field of the schema, or the suite fails. */
export const ROOT_CASES: Readonly<Record<string, readonly Case[] | Harmless>> = {
  'Query.viewer': { reason: 'answers only about the caller', variables: {} },
  'Query.node': (
    [
      'Agency',
      'Subaccount',
      'Plan',
      'Package',
      'Voucher',
      'User',
      'ApiKey',
      'Device',
      'Contact',
      'ContactField',
      'ContactNote',
      'BulkOperation',
      'Conversation',
      'ConversationNote',
      'ConversationView',
      'Message',
      'CannedReply',
      'WebhookEndpoint',
      'WebhookDelivery',
      'WebhookReplay',
      'Team',
      'Invitation',
      'Pipeline',
      'Stage',
      'Deal',
      'Automation',
      'AutomationRun',
    ] as const
  ).map(byId),
  'Query.plans': { reason: 'lists what the caller’s own agency has', variables: {} },
  'Query.packages': { reason: 'lists what the caller’s own agency has', variables: {} },
  'Query.vouchers': { reason: 'lists what the caller’s own agency has', variables: {} },
  'Query.agency': [byId('Agency')],
  'Query.subaccount': [byId('Subaccount')],
  'Query.device': [byId('Device')],
  'Query.contact': [byId('Contact')],
  'Query.conversation': [byId('Conversation')],
  'Query.message': [byId('Message')],
  'Query.team': [byId('Team')],
  'Query.pipeline': [byId('Pipeline')],
  'Query.deal': [byId('Deal')],
  'Query.automation': [byId('Automation')],
  'Query.events': [stream, place],
  'Mutation.createAgency': {
    reason: 'names nobody, and is the operator’s',
    variables: { input: { name: 'x', ownerEmail: 'x@example.com', ownerPassword: user.password } },
  },
  'Mutation.logIn': {
    reason: 'needs a password',
    variables: { input: { email: 'x@example.com', password: 'x' } },
  },
  'Mutation.logOut': { reason: 'ends the session of the caller alone', variables: {} },
  'Mutation.createSubaccount': [
    byInput('Agency', 'agencyId', () => ({ name: 'intruder' })),
    {
      named: 'Plan',
      variables: (planId, own) => ({ input: { agencyId: idOf(own, 'Agency'), name: 'intruder', planId } }),
    },
  ],
  'Mutation.updateSubaccount': [
    byInput('Subaccount', 'subaccountId', () => ({ name: 'intruder' })),
    byInput('Plan', 'planId', (own) => ({ subaccountId: subaccount(own) })),
  ],
  'Mutation.createPlan': {
    reason: 'adds to what the caller’s own agency has',
    variables: { input: { code: 'INTRUDER', name: 'x' } },
  },
  'Mutation.updatePlan': [byInput('Plan', 'planId', () => ({ name: 'intruder' }))],
  'Mutation.archivePlan': [byInput('Plan', 'planId')],
  'Mutation.createPackage': {
    reason: 'adds to what the caller’s own agency has',
    variables: { input: { code: 'INTRUDER', name: 'x' } },
  },
  'Mutation.updatePackage': [byInput('Package', 'packageId', () => ({ name: 'intruder' }))],
  'Mutation.archivePackage': [byInput('Package', 'packageId')],
  'Mutation.createVouchers': {
    reason: 'adds to what the caller’s own agency has',
    variables: { input: { amount: 1, validityDays: 1 } },
  },
  'Mutation.revokeVoucher': [byInput('Voucher', 'voucherId')],
  'Mutation.redeemVoucher': [device(() => ({ code: '0000-0000-0000-0000' }))],
  'Mutation.createUser': [
    byInput('Agency', 'agencyId', () => user),
    byInput('Agency', 'agencyId', (own) => ({ ...user, subaccountIds: [subaccount(own)] })),
    {
      named: 'Subaccount',
      variables: (id, own) => ({ input: { ...user, agencyId: idOf(own, 'Agency'), subaccountIds: [id] } }),
    },
  ],
  'Mutation.createApiKey': [
    byInput('Agency', 'agencyId', () => key),
    byInput('Subaccount', 'subaccountId', () => key),
  ],
  'Mutation.revokeApiKey': [byInput('ApiKey', 'apiKeyId')],
  'Mutation.createDevice': [
    byInput('Subaccount', 'subaccountId', () => ({ label: 'intruder' })),
    byInput('Subaccount', 'subaccountId', () => ({ label: 'intruder', idempotencyKey: 'intruder' })),
    byInput('Package', 'packageId', (own) => ({ subaccountId: subaccount(own), label: 'intruder' })),
  ],
  'Mutation.updateDevice': [
    device(() => ({ label: 'intruder', priority: 1 })),
    byInput('Package', 'packageId', (own) => ({ deviceId: idOf(own, 'Device') })),
  ],
  'Mutation.regenerateDeviceToken': [device()],
  'Mutation.pairDevice': [device(), device(() => ({ method: 'PHONE_CODE', phoneNumber: '6281200000099' }))],
  'Mutation.cancelPairing': [device()],
  'Mutation.reconnectDevice': [device()],
  'Mutation.logoutDevice': [device()],
  'Mutation.suspendDevice': [device(() => ({ reason: 'intruder' }))],
  'Mutation.resumeDevice': [device()],
  'Mutation.deleteDevice': [device()],
  'Mutation.sendMessage': [
    device(() => ({ to: '6281200000099', text: 'intruder' })),
    device(() => ({ to: '6281200000099', text: 'intruder', idempotencyKey: 'intruder' })),
    byInput('Subaccount', 'subaccountId', () => ({ to: '6281200000099', text: 'intruder' })),
    byInput('Contact', 'contactId', (own) => ({ subaccountId: subaccount(own), text: 'intruder' })),
    byInput('Message', 'replyToId', (own) => ({
      subaccountId: subaccount(own),
      to: '6281200000099',
      text: 'intruder',
    })),
  ],
  'Mutation.upsertContact': [byInput('Subaccount', 'subaccountId', () => ({ phoneNumber: '6281200000099' }))],
  'Mutation.updateContact': [byInput('Contact', 'contactId', () => ({ version: 1, name: 'intruder' }))],
  'Mutation.addContactTag': [byInput('Contact', 'contactId', () => ({ tag: 'intruder' }))],
  'Mutation.removeContactTag': [byInput('Contact', 'contactId', () => ({ tag: 'SECRET-TAG' }))],
  'Mutation.optOutContact': [byInput('Contact', 'contactId')],
  'Mutation.optInContact': [byInput('Contact', 'contactId')],
  'Mutation.blockContact': [byInput('Contact', 'contactId')],
  'Mutation.unblockContact': [byInput('Contact', 'contactId')],
  'Query.bulkOperation': [byId('BulkOperation')],
  'Mutation.createContactImport': [byInput('Subaccount', 'subaccountId')],
  'Mutation.createContactExport': [byInput('Subaccount', 'subaccountId')],
  'Mutation.cancelBulkOperation': [byInput('BulkOperation', 'bulkOperationId')],
  'Mutation.deleteContact': [byInput('Contact', 'contactId')],
  'Mutation.createContactField': [
    byInput('Subaccount', 'subaccountId', () => ({ key: 'intruder', type: 'TEXT' })),
  ],
  'Mutation.updateContactField': [byInput('ContactField', 'contactFieldId', () => ({ label: 'intruder' }))],
  'Mutation.deleteContactField': [byInput('ContactField', 'contactFieldId')],
  'Mutation.addContactNote': [byInput('Contact', 'contactId', () => ({ body: 'intruder' }))],
  'Mutation.updateContactNote': [byInput('ContactNote', 'contactNoteId', () => ({ body: 'intruder' }))],
  'Mutation.deleteContactNote': [byInput('ContactNote', 'contactNoteId')],
  'Mutation.updateContactSettings': [
    byInput('Subaccount', 'subaccountId', () => ({ optOutWords: ['intruder'] })),
  ],
  'Mutation.mergeContacts': [
    byInput('Contact', 'contactId', (own) => ({ mergeContactId: idOf(own, 'Contact') })),
    byInput('Contact', 'mergeContactId', (own) => ({ contactId: idOf(own, 'Contact') })),
  ],
  'Mutation.reactToMessage': [byInput('Message', 'messageId', () => ({ emoji: '👍' }))],
  'Mutation.editMessage': [byInput('Message', 'messageId', () => ({ text: 'intruder' }))],
  'Mutation.deleteMessage': [byInput('Message', 'messageId')],
  'Query.renderCannedReply': [
    {
      named: 'CannedReply',
      variables: (cannedReplyId) => ({ cannedReplyId, conversationId: unknownId('Conversation') }),
    },
    {
      named: 'Conversation',
      variables: (conversationId, own) => ({ cannedReplyId: idOf(own, 'CannedReply'), conversationId }),
    },
  ],
  'Mutation.createCannedReply': [
    byInput('Subaccount', 'subaccountId', () => ({ shortcut: 'intruder', text: 'x' })),
  ],
  'Mutation.updateCannedReply': [byInput('CannedReply', 'cannedReplyId', () => ({ text: 'x' }))],
  'Mutation.deleteCannedReply': [byInput('CannedReply', 'cannedReplyId')],
  'Mutation.setFavouriteDevice': [
    byInput('Contact', 'contactId'),
    byInput('Contact', 'contactId', (own) => ({ deviceId: idOf(own, 'Device') })),
  ],
  'Mutation.cancelMessage': [byInput('Message', 'messageId')],
  'Mutation.retryMessage': [byInput('Message', 'messageId')],
  'Mutation.updateConversation': [
    byInput('Conversation', 'conversationId', () => ({ version: 1, status: 'CLOSED' })),
    byInput('User', 'assigneeId', ownConversation),
    byInput('Team', 'teamId', ownConversation),
  ],
  'Mutation.labelConversation': [byInput('Conversation', 'conversationId', () => ({ add: ['intruder'] }))],
  'Mutation.markConversationRead': [byInput('Conversation', 'conversationId')],
  'Mutation.markConversationUnread': [byInput('Conversation', 'conversationId')],
  'Mutation.createConversationNote': [
    byInput('Conversation', 'conversationId', () => ({ text: 'intruder' })),
    byInput('Conversation', 'conversationId', () => ({ text: 'intruder', idempotencyKey: 'intruder' })),
    {
      named: 'User',
      variables: (id, own) => ({
        input: { conversationId: idOf(own, 'Conversation'), text: 'intruder', mentionedUserIds: [id] },
      }),
    },
  ],
  'Mutation.deleteConversationNote': [byInput('ConversationNote', 'conversationNoteId')],
  'Mutation.createConversationView': [
    byInput('Subaccount', 'subaccountId', () => ({ name: 'intruder', filter: {}, isShared: true })),
  ],
  'Mutation.updateConversationView': [
    byInput('ConversationView', 'conversationViewId', () => ({ name: 'intruder' })),
  ],
  'Mutation.deleteConversationView': [byInput('ConversationView', 'conversationViewId')],
  'Mutation.updateInboxSettings': [
    byInput('Subaccount', 'subaccountId', () => ({ version: 0, awayMessage: 'intruder' })),
    ...(
      [
        ['Device', (deviceId: string) => ({ deviceId })],
        ['Team', (teamId: string) => ({ teamId })],
        ['User', (userId: string) => ({ assigneeIds: [userId] })],
      ] as const
    ).map(([named, rule]) => ({
      named,
      variables: (id: string, own: Ids) => ({
        input: {
          subaccountId: subaccount(own),
          version: 0,
          assignmentRules: [{ method: 'ROUND_ROBIN', ...rule(id) }],
        },
      }),
    })),
  ],
  'Mutation.handOverConversations': [
    byInput('Subaccount', 'subaccountId', (own) => ({ fromUserId: idOf(own, 'User') })),
    byInput('User', 'fromUserId', (own) => ({ subaccountId: subaccount(own) })),
  ],
  'Mutation.createWebhookEndpoint': [
    byInput('Subaccount', 'subaccountId', () => ({ url: HOOK })),
    device((own) => ({ subaccountId: subaccount(own), url: HOOK })),
    byInput('Subaccount', 'subaccountId', () => ({ url: HOOK, idempotencyKey: 'intruder' })),
  ],
  'Mutation.updateWebhookEndpoint': [webhookEndpoint({ url: HOOK, topics: [], enabled: true })],
  'Mutation.deleteWebhookEndpoint': [webhookEndpoint()],
  'Mutation.rotateWebhookSecret': [webhookEndpoint()],
  'Mutation.testWebhookEndpoint': [webhookEndpoint()],
  'Mutation.replayWebhookDelivery': [byInput('WebhookDelivery', 'webhookDeliveryId')],
  'Mutation.replayWebhookDeliveries': [
    webhookEndpoint(),
    byInput('WebhookDelivery', 'webhookDeliveryIds', (own) => ({
      webhookEndpointId: idOf(own, 'WebhookEndpoint'),
    })),
  ],
  'Mutation.setDeviceWebhook': [device(() => ({ url: HOOK })), device(() => ({ url: null }))],
  'Mutation.suspendSubaccount': [byInput('Subaccount', 'subaccountId')],
  'Mutation.resumeSubaccount': [byInput('Subaccount', 'subaccountId')],
  'Mutation.updateUser': [
    ...userCases({ role: 'VIEWER' }),
    {
      named: 'Subaccount',
      variables: (id, own) => ({ input: { userId: idOf(own, 'User'), subaccountIds: [id] } }),
    },
  ],
  'Mutation.removeUser': userCases({}),
  'Mutation.resetPassword': userCases({ newPassword: user.password }),
  'Mutation.changePassword': {
    reason: 'changes the password of the caller alone',
    variables: { input: { currentPassword: 'x', newPassword: user.password } },
  },
  'Mutation.inviteUser': [
    {
      named: 'Subaccount',
      variables: (id) => ({ input: { email: user.email, role: 'AGENT', subaccountIds: [id] } }),
    },
  ],
  'Mutation.resendInvitation': [byInput('Invitation', 'invitationId')],
  'Mutation.revokeInvitation': [byInput('Invitation', 'invitationId')],
  'Mutation.acceptInvitation': {
    reason: 'needs the token of the invitation',
    variables: { input: { token: 'x', password: user.password } },
  },
  'Mutation.createTeam': [
    byInput('Subaccount', 'subaccountId', () => ({ name: 'intruders' })),
    {
      named: 'User',
      variables: (id, own) => ({
        input: { subaccountId: subaccount(own), name: 'intruders', memberIds: [id] },
      }),
    },
  ],
  'Mutation.updateTeam': [byInput('Team', 'teamId', () => ({ name: 'intruders' }))],
  'Mutation.addTeamMembers': teamMembers,
  'Mutation.removeTeamMembers': teamMembers,
  'Mutation.deleteTeam': [byInput('Team', 'teamId')],
  'Mutation.createPipeline': [
    byInput('Subaccount', 'subaccountId'),
    byInput('Subaccount', 'subaccountId', () => ({ idempotencyKey: 'intruder' })),
  ],
  'Mutation.updatePipeline': [
    byInput('Pipeline', 'pipelineId', () => ({ name: 'intruder' })),
    {
      named: 'Stage',
      variables: (stageId, own) => ({
        input: { pipelineId: idOf(own, 'Pipeline'), stages: [{ stageId, name: 'intruder' }] },
      }),
    },
  ],
  'Mutation.deletePipeline': [byInput('Pipeline', 'pipelineId')],
  'Mutation.createDeal': [
    byInput('Pipeline', 'pipelineId', () => ({ title: 'intruder' })),
    byInput('Stage', 'stageId', inOwnPipeline),
    byInput('Contact', 'contactId', inOwnPipeline),
    byInput('User', 'ownerId', inOwnPipeline),
  ],
  'Mutation.updateDeal': [
    byInput('Deal', 'dealId', () => ({ version: 1, title: 'intruder' })),
    byInput('Contact', 'contactId', ownDeal),
    byInput('User', 'ownerId', ownDeal),
  ],
  'Mutation.moveDeal': [
    byInput('Deal', 'dealId', (own) => ({ version: 1, stageId: idOf(own, 'Stage') })),
    byInput('Stage', 'stageId', ownDeal),
    byInput('Deal', 'afterDealId', (own) => ({ ...ownDeal(own), stageId: idOf(own, 'Stage') })),
  ],
  'Mutation.deleteDeal': [byInput('Deal', 'dealId')],
  'Subscription.conversationUpdated': [
    ...streamOfDevice,
    {
      named: 'Conversation',
      variables: (conversationId, own) => ({ subaccountId: subaccount(own), conversationId }),
    },
  ],
  'Mutation.createAutomation': [
    byInput('Subaccount', 'subaccountId', () => rule),
    byInput('Subaccount', 'subaccountId', () => ({ ...rule, idempotencyKey: 'intruder' })),
    part('Pipeline', (pipelineId) => ({ trigger: { kind: 'DEAL_MOVED', pipelineId } })),
    part('Stage', (stageId) => ({ trigger: { kind: 'DEAL_MOVED', stageId } })),
    part('Device', (id) => ({ conditions: { deviceIds: [id] } })),
    part('Stage', (id) => ({ conditions: { dealStageIds: [id] } })),
    part('Pipeline', (id) => ({ conditions: { noOpenDealIn: id } })),
    part('Pipeline', (pipelineId) => ({ steps: [{ kind: 'OPEN_DEAL', pipelineId }] })),
    part('Stage', (stageId) => ({ steps: [{ kind: 'MOVE_DEAL', stageId }] })),
    part('User', (assigneeId) => ({ steps: [{ kind: 'ASSIGN', assigneeId }] })),
    part('Team', (teamId) => ({ steps: [{ kind: 'ASSIGN', teamId }] })),
  ],
  'Mutation.createAutomationFromTemplate': [
    byInput('Subaccount', 'subaccountId', () => ({ template: 'LEAD_TO_DEAL' })),
    byInput('Pipeline', 'pipelineId', (own) => ({ subaccountId: subaccount(own), template: 'LEAD_TO_DEAL' })),
  ],
  'Mutation.updateAutomation': [
    byInput('Automation', 'automationId', () => ({ version: 2, name: 'intruder' })),
  ],
  'Mutation.reorderAutomations': [
    byInput('Subaccount', 'subaccountId', () => ({ automationIds: [] })),
    {
      named: 'Automation',
      variables: (id, own) => ({ input: { subaccountId: subaccount(own), automationIds: [id] } }),
    },
  ],
  'Mutation.deleteAutomation': [byInput('Automation', 'automationId')],
  'Mutation.rotateAutomationSecret': [byInput('Automation', 'automationId')],
  'Mutation.testAutomation': [
    byInput('Automation', 'automationId'),
    byInput('Contact', 'contactId', ownRule),
    byInput('Device', 'deviceId', ownRule),
    byInput('Deal', 'dealId', ownRule),
  ],
  'Subscription.bulkOperationUpdated': [
    stream,
    place,
    {
      named: 'BulkOperation',
      variables: (bulkOperationId, own) => ({ subaccountId: subaccount(own), bulkOperationId }),
    },
  ],
  'Subscription.contactUpdated': [
    stream,
    place,
    { named: 'Contact', variables: (contactId, own) => ({ subaccountId: subaccount(own), contactId }) },
  ],
  'Subscription.dealUpdated': [
    stream,
    place,
    { named: 'Pipeline', variables: (pipelineId, own) => ({ subaccountId: subaccount(own), pipelineId }) },
  ],
  'Mutation.setTyping': [byInput('Conversation', 'conversationId', () => ({ typing: true }))],
  'Subscription.contactTyping': [
    { named: 'Conversation', variables: (conversationId) => ({ conversationId }) },
  ],
  'Subscription.devicePairing': [{ named: 'Device', variables: (deviceId) => ({ deviceId }) }],
  'Subscription.deviceStatusChanged': streamOfDevice,
  'Subscription.messageReceived': streamOfDevice,
  'Subscription.messageStatusChanged': streamOfDevice,
  'Subscription.events': [stream, place],
};

const filter = (named: Named, name: string): Case => ({
  named,
  variables: (id) => ({ filter: { [name]: id } }),
});

/** Words that the victim wrote. */
const searched = (named: Named, name: string): Case => ({
  named,
  variables: (id) => ({ query: 'secret', filter: { [name]: id } }),
});

const usage: Case = {
  named: 'Device',
  variables: (deviceId) => ({ filter: { from: '2026-01-01', to: '2026-12-31', deviceId } }),
};
const aYear = { from: '2026-01-01T00:00:00Z', to: '2026-12-31T00:00:00Z' };
const conversationFilters = [
  filter('Device', 'deviceId'),
  filter('User', 'assigneeId'),
  filter('Team', 'teamId'),
];
const auditFilters = [filter('User', 'actorId'), filter('Device', 'targetId')];
const dealFilters = [
  filter('Pipeline', 'pipelineId'),
  filter('Stage', 'stageId'),
  filter('User', 'ownerId'),
  filter('Contact', 'contactId'),
];

const runFilters = [filter('Automation', 'automationId'), filter('Contact', 'contactId')];

/** Every field of an object that takes an id, or the suite fails; asked of the caller's own object. */
export const FIELD_CASES: Readonly<Record<string, readonly Case[]>> = {
  'Subaccount.audit': auditFilters,
  'Agency.audit': auditFilters,
  'Subaccount.usage': [usage],
  'Agency.usage': [usage],
  'Subaccount.conversations': conversationFilters,
  'Subaccount.conversationCount': conversationFilters,
  'Subaccount.responseTimes': [
    { named: 'Device', variables: (deviceId) => ({ ...aYear, deviceId }) },
    { named: 'User', variables: (responderId) => ({ ...aYear, responderId }) },
  ],
  'Subaccount.messages': [filter('Device', 'deviceId'), filter('Conversation', 'conversationId')],
  'Subaccount.searchMessages': [searched('Device', 'deviceId'), searched('Conversation', 'conversationId')],
  'Subaccount.webhookDeliveries': [filter('WebhookEndpoint', 'webhookEndpointId')],
  'WebhookEndpoint.deliveries': [filter('WebhookEndpoint', 'webhookEndpointId')],
  'Subaccount.webhookEndpoints': [filter('Device', 'deviceId')],
  'Device.conversations': conversationFilters,
  'Device.messages': [filter('Device', 'deviceId'), filter('Conversation', 'conversationId')],
  'Contact.conversations': conversationFilters,
  'Subaccount.teams': [filter('User', 'memberId')],
  'Subaccount.deals': dealFilters,
  'Pipeline.deals': dealFilters,
  'Stage.deals': dealFilters,
  'Contact.deals': dealFilters,
  'Subaccount.automationRuns': runFilters,
  'Automation.runs': runFilters,
  'Conversation.messages': [filter('Device', 'deviceId'), filter('Conversation', 'conversationId')],
};
