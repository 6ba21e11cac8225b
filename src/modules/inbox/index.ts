/**
 * Owns how a subaccount works on its conversations: the rules that give them to somebody, working hours and the away message, saved views,
 * and how long people waited. Promises: nobody is told twice of one absence; a conversation whose agent leaves is free again; accepting
 * and receiving messages wait for none of it.
 */
export { Assigner } from './assignment/assigner.js';
export { HandoverResolver } from './assignment/handover.resolver.js';
export { HandoverService } from './assignment/handover.service.js';
export { AwayReplier } from './away/away-replier.js';
export { AwayReply } from './away/away-reply.entity.js';
export { InboxReader } from './feed/inbox-reader.js';
export { ConversationHandling } from './handling/handling.entity.js';
export { HandlingMerge } from './handling/handling.merge.js';
export { HandlingReader } from './handling/handling.reader.js';
export {
  ConversationHandlingsResolver,
  SubaccountResponseTimesResolver,
} from './handling/handling.resolver.js';
export { ResponseTimesType } from './handling/handling.types.js';
export type { ResponseTimes } from './handling/response-times.js';
export { INBOX_SCHEDULES, InboxJobs } from './inbox.jobs.js';
export { InboxSettings } from './settings/inbox-settings.entity.js';
export { InboxSettingsResolver } from './settings/inbox-settings.resolver.js';
export { InboxSettingsService } from './settings/inbox-settings.service.js';
export { ConversationView } from './view/view.entity.js';
export { ConversationViewResolver, SubaccountViewsResolver } from './view/view.resolver.js';
export { ViewService } from './view/view.service.js';
