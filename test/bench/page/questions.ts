import type { GraphqlClient } from '../../../src/cli/graphql-client.js';
import { toPublicId } from '../../../src/kernel/ids.js';
import { wordOf } from './busy-year.js';
import type { BusyYear } from './busy-year.js';

/** Asks one thing, a different one each time; throws when the answer is empty. */
type Question = (client: GraphqlClient, year: BusyYear, turn: number) => Promise<void>;

const MESSAGE =
  'id direction kind text status sentAt reactions { emoji } replyTo { id text } media { state url }';

export const QUESTIONS: Readonly<Record<string, Question>> = {
  'conversation list': async (client, { subaccountId }, turn) => {
    const filter = [null, { status: ['OPEN'] }, { unread: true }][turn % 3];
    const { subaccount } = await client.request<{ subaccount: { conversations: List } }>(
      `query ($id: ID!, $filter: ConversationFilter) { subaccount(id: $id) { conversations(first: 30, filter: $filter) {
         nodes { id status unreadCount lastMessageAt contact { id name phoneNumber } device { label } } } } }`,
      { id: toPublicId('Subaccount', subaccountId), filter },
    );
    assertFull(subaccount.conversations, 10);
  },
  'message page': async (client, { conversationIds }, turn) => {
    const id = conversationIds[turn % conversationIds.length] ?? '';
    const { conversation } = await client.request<{ conversation: { messages: List } }>(
      `query ($id: ID!) { conversation(id: $id) { messages(first: 10) { nodes { ${MESSAGE} } } } }`,
      { id: toPublicId('Conversation', id) },
    );
    assertFull(conversation.messages, 10);
  },
  'search of messages': async (client, { subaccountId }, turn) => {
    // Some words are in every other message, some in one of thousands.
    const query = wordOf([0, 3, 20, 150, 700, 1_500][turn % 6] ?? 0);
    const { subaccount } = await client.request<{ subaccount: { searchMessages: List } }>(
      `query ($id: ID!, $query: String!) { subaccount(id: $id) { searchMessages(query: $query, first: 10) {
         nodes { ${MESSAGE} conversation { contact { name } } } } } }`,
      { id: toPublicId('Subaccount', subaccountId), query },
    );
    assertFull(subaccount.searchMessages, 1);
  },
  'search of contacts': async (client, { subaccountId }, turn) => {
    const query = ['person', 'person 77', '6281200', '99'][turn % 4] ?? '';
    const { subaccount } = await client.request<{ subaccount: { searchContacts: List } }>(
      `query ($id: ID!, $query: String!) { subaccount(id: $id) { searchContacts(query: $query, first: 10) {
         nodes { id name phoneNumber } } } }`,
      { id: toPublicId('Subaccount', subaccountId), query },
    );
    assertFull(subaccount.searchContacts, 1);
  },
  board: async (client, { pipelineId }) => {
    const { pipeline } = await client.request<{ pipeline: { stages: { deals: List }[] } }>(
      `query ($id: ID!) { pipeline(id: $id) { stages { name deals(first: 20) {
         nodes { id title value { amountMinor currency } contact { name } tags } } } } }`,
      { id: toPublicId('Pipeline', pipelineId) },
    );
    for (const { deals } of pipeline.stages) assertFull(deals, 20);
  },
};

interface List {
  readonly nodes: readonly unknown[];
}

function assertFull({ nodes }: List, least: number): void {
  if (nodes.length < least) throw new Error(`a list holds ${nodes.length} and should hold ${least}`);
}
