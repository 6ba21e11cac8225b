import { createClient } from 'graphql-ws';
import type { Client } from 'graphql-ws';
import WebSocket from 'ws';
import type { TestServer } from './server.js';
import { Stream } from './stream.js';

/** What the API says of an operation that it refuses. */
export interface Refusal {
  readonly status: number;
  readonly code: unknown;
  readonly reason: unknown;
  /** Paths of the inputs that are named as wrong. */
  readonly fields: readonly string[];
  readonly message: string;
}

type Variables = Readonly<Record<string, unknown>>;

/** Mutations whose input type is not named after them. */
const SHARED_INPUTS: Readonly<Record<string, string>> = {
  cancelPairing: 'DeviceInput',
  reconnectDevice: 'DeviceInput',
  logoutDevice: 'DeviceInput',
  resumeDevice: 'DeviceInput',
  deleteDevice: 'DeviceInput',
  cancelMessage: 'MessageInput',
  retryMessage: 'MessageInput',
  deleteMessage: 'MessageInput',
  deleteWebhookEndpoint: 'WebhookEndpointInput',
  testWebhookEndpoint: 'WebhookEndpointInput',
  replayWebhookDelivery: 'WebhookDeliveryInput',
  cancelBulkOperation: 'BulkOperationInput',
  deleteContact: 'ContactInput',
  deleteContactField: 'ContactFieldInput',
  deleteContactNote: 'ContactNoteInput',
  addContactTag: 'ContactTagInput',
  removeContactTag: 'ContactTagInput',
  optOutContact: 'ContactInput',
  optInContact: 'ContactInput',
  blockContact: 'ContactInput',
  unblockContact: 'ContactInput',
  deleteConversationNote: 'ConversationNoteInput',
  deleteConversationView: 'ConversationViewInput',
  markConversationRead: 'ConversationInput',
  markConversationUnread: 'ConversationInput',
  deletePipeline: 'PipelineInput',
  deleteDeal: 'DealInput',
  deleteAutomation: 'AutomationInput',
  rotateAutomationSecret: 'AutomationInput',
  deleteCannedReply: 'CannedReplyInput',
  removeUser: 'UserInput',
  resendInvitation: 'InvitationInput',
  revokeInvitation: 'InvitationInput',
  deleteTeam: 'TeamInput',
  addTeamMembers: 'TeamMembersInput',
  removeTeamMembers: 'TeamMembersInput',
};

/** The public API as one caller has it: fetch for questions, a stock graphql-ws client for what goes on. */
export class ApiClient {
  readonly token: string | null;
  readonly #server: TestServer;
  #socket: Client | null = null;

  constructor(server: TestServer, token: string | null) {
    this.#server = server;
    this.token = token;
  }

  /** The same server with another token. */
  as(token: string | null): ApiClient {
    return new ApiClient(this.#server, token);
  }

  /** The data of an operation that must succeed. */
  async ask<T>(query: string, variables: Variables = {}): Promise<T> {
    const { data, errors } = await this.#server.graphql(query, variables, this.token);
    if (data === null || errors.length > 0) throw new Error(JSON.stringify(errors));
    return data as T;
  }

  /** The payload of a mutation that must succeed. */
  async mutate<T>(field: string, input: Variables, selection: string): Promise<T> {
    const data = await this.ask<Record<string, T>>(mutation(field, selection), { input });
    return data[field] as T;
  }

  /** How an operation is refused; throws when it is not. */
  async refusal(query: string, variables: Variables = {}): Promise<Refusal> {
    const { status, data, errors } = await this.#server.graphql(query, variables, this.token);
    const [error] = errors;
    if (error === undefined) throw new Error(`it was not refused: ${JSON.stringify(data)}`);
    const { code, reason } = error.extensions;
    return { status, code, reason, fields: pathsOf(error.extensions['fields']), message: error.message };
  }

  mutationRefusal(field: string, input: Variables): Promise<Refusal> {
    return this.refusal(mutation(field, '__typename'), { input });
  }

  /** Subscribes; `field` is the only root field of the query. */
  follow<T>(field: string, query: string, variables: Variables = {}): Stream<T> {
    this.#socket ??= this.openSocket();
    return new Stream<T>(this.#socket, field, { query, variables });
  }

  /** A stock websocket client of its own, which its owner disposes. */
  openSocket(): Client {
    return createClient({
      url: () => this.#server.wsUrl,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${this.token ?? ''}` },
      retryAttempts: 0,
    });
  }
}

function mutation(field: string, selection: string): string {
  const type = SHARED_INPUTS[field] ?? `${field.charAt(0).toUpperCase()}${field.slice(1)}Input`;
  return `mutation ($input: ${type}!) { ${field}(input: $input) { ${selection} } }`;
}

function pathsOf(fields: unknown): string[] {
  return Array.isArray(fields) ? fields.map((field: { path: string }) => field.path) : [];
}
