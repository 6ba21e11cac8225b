import { Foundation } from './20261121000000-foundation.js';
import { Routing } from './20261121073000-routing.js';
import { Webhooks } from './20261121073700-webhooks.js';
import { NewChatQuota } from './20261121073900-new-chat-quota.js';
import { Billing } from './20261121074800-billing.js';
import { DoorIds } from './20261121075200-door-ids.js';
import { DueMessages } from './20261121081416-due-messages.js';
import { Fleet } from './20261121081800-fleet.js';
import { Usage } from './20261121082000-usage.js';
import { Pipeline } from './20261121082300-pipeline.js';
import { Backlog } from './20261121090111-backlog.js';
import { StreamNews } from './20261121104200-stream-news.js';
import { Teams } from './20261121104300-teams.js';
import { Contacts } from './20261121104900-contacts.js';
import { Members } from './20261121105500-members.js';
import { ConversationWork } from './20261121111000-conversation-work.js';
import { Audit } from './20261121111500-audit.js';
import { MessageActions } from './20261121114400-message-actions.js';
import { Search } from './20261121114500-search.js';
import { Automation } from './20261121111600-automation.js';
import { BulkOperations } from './20261121115100-bulk-operations.js';
import { CannedReplies } from './20261121122100-canned-replies.js';

/** Every migration in order. Listed by hand, so that the build, tests and development run the same ones. */
export const migrations = [
  { name: '20261121000000-foundation', class: Foundation },
  { name: '20261121073000-routing', class: Routing },
  { name: '20261121073700-webhooks', class: Webhooks },
  { name: '20261121073900-new-chat-quota', class: NewChatQuota },
  { name: '20261121074800-billing', class: Billing },
  { name: '20261121075200-door-ids', class: DoorIds },
  { name: '20261121081416-due-messages', class: DueMessages },
  { name: '20261121081800-fleet', class: Fleet },
  { name: '20261121082000-usage', class: Usage },
  { name: '20261121082300-pipeline', class: Pipeline },
  { name: '20261121090111-backlog', class: Backlog },
  { name: '20261121104200-stream-news', class: StreamNews },
  { name: '20261121104300-teams', class: Teams },
  { name: '20261121104900-contacts', class: Contacts },
  { name: '20261121105500-members', class: Members },
  { name: '20261121111000-conversation-work', class: ConversationWork },
  { name: '20261121111500-audit', class: Audit },
  { name: '20261121114400-message-actions', class: MessageActions },
  { name: '20261121114500-search', class: Search },
  { name: '20261121111600-automation', class: Automation },
  { name: '20261121115100-bulk-operations', class: BulkOperations },
  { name: '20261121122100-canned-replies', class: CannedReplies },
];
