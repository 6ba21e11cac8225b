import {
  Assigner,
  AwayReplier,
  ConversationHandlingsResolver,
  ConversationViewResolver,
  HandlingReader,
  HandoverResolver,
  HandoverService,
  InboxJobs,
  InboxReader,
  InboxSettingsResolver,
  InboxSettingsService,
  SubaccountResponseTimesResolver,
  SubaccountViewsResolver,
  ViewService,
} from '../modules/inbox/index.js';
import {
  ConversationNoteResolver,
  ConversationNotesResolver,
  ConversationResolver,
  ConversationUpdatedResolver,
} from '../modules/messaging/index.js';
import type { ConversationReader, ConversationService } from '../modules/messaging/index.js';
import type { Infrastructure } from './infrastructure.js';
import type { Services } from './services.js';

/** What works on conversations when somebody asks. */
export function createInbox(
  { database, clock }: Infrastructure,
  messaging: { readonly conversations: ConversationService; readonly conversationReader: ConversationReader },
) {
  const { conversations, conversationReader: reader } = messaging;
  return {
    conversationViews: new ViewService({ database, clock }),
    handovers: new HandoverService({ conversations, reader }),
    handlings: new HandlingReader({ database }),
    inboxSettings: new InboxSettingsService({ database, clock }),
  };
}

export const INBOX_RESOLVERS = [
  ConversationHandlingsResolver,
  ConversationNoteResolver,
  ConversationNotesResolver,
  ConversationResolver,
  ConversationUpdatedResolver,
  ConversationViewResolver,
  HandoverResolver,
  InboxSettingsResolver,
  SubaccountResponseTimesResolver,
  SubaccountViewsResolver,
];

/** One instance of each of {@link INBOX_RESOLVERS}. */
export function createInboxResolvers(services: Services): readonly object[] {
  const { conversationReader: reader, conversationNotes: notes } = services;
  return [
    new ConversationNoteResolver(notes),
    new ConversationNotesResolver(notes),
    new ConversationResolver(services.conversations, reader),
    new ConversationUpdatedResolver(services.eventFeed, reader),
    new ConversationHandlingsResolver(services.handlings),
    new ConversationViewResolver(services.conversationViews, reader),
    new HandoverResolver(services.handovers),
    new InboxSettingsResolver(services.inboxSettings),
    new SubaccountResponseTimesResolver(services.handlings),
    new SubaccountViewsResolver(services.conversationViews),
  ];
}

/** What works on conversations by itself. */
export function createInboxJobs({ database, clock, logger }: Infrastructure, services: Services): InboxJobs {
  const { conversations, handovers, messages } = services;
  const assigner = new Assigner({ conversations, clock });
  const away = new AwayReplier({ database, clock, messages });
  const reader = new InboxReader({ database, assigner, handovers, away });
  return new InboxJobs({ database, reader, logger });
}
