/**
 * Owns conversations and messages, from the moment a message is accepted to its last receipt, and from the moment WhatsApp delivers one.
 * Promises: an accepted message is never lost and never written to WhatsApp under two ids; its status only moves forward; a received
 * message is stored before WhatsApp is told that we have it, and shown once.
 */
export { MessageActionResolver, MessageReplyResolver } from './action/action.resolver.js';
export { MessageActionService } from './action/action.service.js';
export { ActionWriter } from './action/action.writer.js';
export { findLabels } from './conversation/conversation.labels.js';
export { findConversationOf } from './conversation/conversation.of.js';
export { CannedReply } from './canned/canned-reply.entity.js';
export { CannedReplyResolver } from './canned/canned-reply.resolver.js';
export { CannedReplyService } from './canned/canned-reply.service.js';
export {
  DEVICE_VARIABLES,
  findVariables as findConversationVariables,
} from './canned/canned-reply.variables.js';
export { ConversationMerge } from './conversation/conversation.merge.js';
export { findFirstInbound } from './conversation/first-inbound.js';
export type { ConversationReferences } from './conversation/conversation.merge.js';
export { Conversation } from './conversation/conversation.entity.js';
export type { ConversationKind, ConversationStatus } from './conversation/conversation.entity.js';
export {
  AssignedEnum,
  ConversationKindEnum,
  ConversationStatusEnum,
} from './conversation/conversation.enums.types.js';
export { ConversationFilterInput } from './conversation/conversation.inputs.types.js';
export type { Assigned, ConversationFilter } from './conversation/conversation.queries.js';
export type { Assignment } from './conversation/conversation.service.js';
export { ConversationUpdatedResolver } from './conversation/conversation-events.resolver.js';
export {
  ContactConversationsResolver,
  DeviceConversationsResolver,
  SubaccountConversationsResolver,
} from './conversation/conversation-lists.resolver.js';
export { ConversationReader } from './conversation/conversation.reader.js';
export { ConversationResolver } from './conversation/conversation.resolver.js';
export { ConversationService } from './conversation/conversation.service.js';
export { ConversationWaker } from './conversation/conversation.waker.js';
export { ConversationConnection, ConversationType } from './conversation/conversation.types.js';
export { idIn, loadSubjects } from './event-subjects.js';
export type { Subject, SubjectOf } from './event-subjects.js';
export { InboundApplier } from './inbound/inbound.applier.js';
export { InboundService } from './inbound/inbound.service.js';
export { Inbox } from './inbound/inbox.js';
export { BullMediaFetchQueue } from './media/media-fetch.queue.js';
export type { MediaFetchQueue } from './media/media-fetch.queue.js';
export { MediaDownloader } from './media/media-downloader.js';
export { Media } from './media/media.entity.js';
export { MediaFetchService } from './media/media-fetch.service.js';
export { MediaLinks } from './media/media-links.js';
export type { LinkedMedia } from './media/media-links.js';
export { MediaSweepService } from './media/media-sweep.service.js';
export { MediaUploader } from './media/media-uploader.js';
export { MessageReceivedResolver, MessageStatusChangedResolver } from './message/message-events.resolver.js';
export {
  ConversationMessagesResolver,
  DeviceMessagesResolver,
  SubaccountMessagesResolver,
} from './message/message-lists.resolver.js';
export { Message } from './message/message.entity.js';
export type { MessageFilter } from './message/message.queries.js';
export { MessageReader } from './message/message.reader.js';
export type { MessageStatus } from './message/message.status.js';
export { MessageWaitResolver } from './message/message-wait.resolver.js';
export { MessageResolver } from './message/message.resolver.js';
export { MessageService } from './message/message.service.js';
export type { SendMessageRequest } from './message/message.input.js';
export { MessageType } from './message/message.types.js';
export { MessageWriter } from './message/message.writer.js';
export { messagingErrors } from './messaging.errors.js';
export { MESSAGING_SCHEDULES, MessagingJobs } from './messaging.jobs.js';
export { ConversationNote } from './note/note.entity.js';
export { ConversationNoteResolver, ConversationNotesResolver } from './note/note.resolver.js';
export { NoteService } from './note/note.service.js';
export { MessageAttempt } from './outbound/attempt.entity.js';
export { DeadMessageService } from './outbound/dead-message.service.js';
export { MessageSender } from './outbound/message-sender.js';
export { Pacer } from './outbound/pacing/pacer.js';
export type { Claim } from './outbound/claims.js';
export { Outbox } from './outbound/outbox.js';
export { UnwantedMessages } from './outbound/unwanted-messages.js';
export { ReceiptService } from './outbound/receipt.service.js';
export { PhoneReadings } from './reading/phone-readings.js';
export { ReadReceipts } from './reading/read-receipts.js';
export { SessionPresence } from './presence/session-presence.js';
export { TypingResolver } from './presence/typing.resolver.js';
export { TypingService } from './presence/typing.service.js';
export { ContactRoutingService } from './routing/contact-routing.service.js';
export { ContactRoutingResolver, MessageRoutingResolver } from './routing/routing.resolver.js';
export { MessageSearch } from './search/message-search.js';
export { MessageSearchResolver } from './search/message-search.resolver.js';
export { MessagingSessionWork } from './session-work.js';
export { WaitingWork } from './waiting-work.js';
