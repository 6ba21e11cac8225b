import { createHash, randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { v7 } from 'uuid';
import { toPgConfig } from '../../../src/platform/database/connection.js';
import type { DatabaseConnection } from '../../../src/platform/database/connection.js';
import { serve } from '../child-process.js';
import { closedLoop } from '../latency.js';

/** What an accepted message was made of, as the product wrote it; ids, time and content are made anew for each transaction. */
export interface MessageFacts {
  readonly agency_id: string;
  readonly subaccount_id: string;
  readonly device_id: string;
  readonly conversation_id: string;
  readonly shard: number;
  readonly recipient: string;
  readonly text: string;
  readonly content_bytes: number;
}

export interface FloorSetUp {
  readonly connection: DatabaseConnection;
  readonly clients: number;
  readonly facts: readonly MessageFacts[];
}

export interface FloorRequest {
  readonly seconds: number;
}

/** Named, so that each connection plans them once. */
const STATEMENTS = {
  scope: `select set_config('app.agency_id', $1, true), set_config('app.subaccounts', '*', true), set_config('app.device_id', '', true)`,
  conversation: `update conversation set last_message_at = greatest(last_message_at, $2) where id = $1`,
  message: `insert into message (id, agency_id, subaccount_id, device_id, conversation_id, shard, direction, kind, status, text,
    recipient, whatsapp_id, content, priority, due_at, attempt_count, written, outcome_unknown, caught_up, created_at)
    values ($1, $2, $3, $4, $5, $6, 'OUTBOUND', 'TEXT', 'PENDING', $7, $8, $9, $10, 5, $11, 0, false, false, false, $11)`,
  key: `insert into message_key (device_id, whatsapp_id, direction, conversation_id, agency_id, subaccount_id, message_id)
    values ($1, $2, 'OUTBOUND', $3, $4, $5, $6)`,
  stream: `update event_stream set last_seq = last_seq + 1 where id = $1 returning last_seq`,
  event: `insert into event (stream_id, seq, agency_id, subaccount_id, topic, payload, occurred_at)
    values ($1, $2, $3, $1, 'message.created', $4, $5)`,
} as const;

type Run = (name: keyof typeof STATEMENTS, values: readonly unknown[]) => Promise<Record<string, unknown>[]>;

/** The rows of an accepted message by the bare driver: what durable acceptance costs without an API, an ORM or a rule. */
serve(async ({ connection, clients: size, facts }: FloorSetUp) => {
  const clients = await Promise.all(
    Array.from({ length: size }, async () => {
      const client = new Client(toPgConfig(connection));
      await client.connect();
      return client;
    }),
  );
  return ({ seconds }: FloorRequest) =>
    closedLoop({ workers: size, seconds }, async (worker) => {
      const client = clients[worker];
      const chosen = facts[Math.floor(Math.random() * facts.length)];
      if (client === undefined || chosen === undefined)
        throw new Error('the floor was given nothing to write');
      await writeMessage(client, chosen);
    });
});

async function writeMessage(client: Client, facts: MessageFacts): Promise<void> {
  const run: Run = async (name, values) =>
    (await client.query<Record<string, unknown>>({ name, text: STATEMENTS[name], values: [...values] })).rows;
  await client.query('begin');
  await run('scope', [facts.agency_id]);
  await writeRows(run, facts);
  await client.query('commit');
}

async function writeRows(run: Run, facts: MessageFacts): Promise<void> {
  const { agency_id, subaccount_id, device_id, conversation_id, shard, text, recipient } = facts;
  const id = v7();
  const at = new Date();
  const whatsappId = `3EB0${createHash('sha256').update(id).digest('hex').slice(0, 18).toUpperCase()}`;
  const content = randomBytes(facts.content_bytes);
  const place = [id, agency_id, subaccount_id, device_id, conversation_id, shard];
  await run('conversation', [conversation_id, at]);
  await run('message', [...place, text, recipient, whatsappId, content, at]);
  await run('key', [device_id, whatsappId, conversation_id, agency_id, subaccount_id, id]);
  const [stream] = await run('stream', [subaccount_id]);
  const payload = { messageId: id, deviceId: device_id, conversationId: conversation_id };
  await run('event', [subaccount_id, stream?.['last_seq'], agency_id, payload, at]);
}
