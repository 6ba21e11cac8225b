import type { ColumnType } from 'kysely';
import type { ChargedPool } from '../billing/index.js';

/** Written and compared as a Date. Rows that are read this way name no times: the driver hands those over as text. */
type Instant = Date;
type NullableInstant = Date | null;

interface TenantRow {
  agency_id: string;
  subaccount_id: string;
  device_id: string;
}

/** The columns that this module reads and writes in sets, or without loading an entity. */
export interface MessagingTables {
  conversation: TenantRow & {
    id: string;
    kind: string;
    contact_id: string | null;
    provider_address: string | null;
    subject: string | null;
    status: string;
    unread_count: number;
    last_message_at: Instant;
    first_inbound_at: NullableInstant;
    reached_out_at: NullableInstant;
    created_at: Instant;
  };
  message: TenantRow & {
    id: string;
    conversation_id: string;
    direction: string;
    status: string;
    content: Buffer | null;
    whatsapp_id: string | null;
    priority: number;
    due_at: NullableInstant;
    expires_at: NullableInstant;
    claim_epoch: number | null;
    written: boolean;
    quota_pool: ChargedPool | null;
    quota_grant_id: string | null;
    outcome_unknown: boolean;
    failure_code: string | null;
    failure_detail: string | null;
    sent_at: NullableInstant;
    delivered_at: NullableInstant;
    read_at: NullableInstant;
    played_at: NullableInstant;
  };
  message_key: TenantRow & {
    whatsapp_id: string;
    direction: string;
    conversation_id: string;
    message_id: string;
  };
  message_attempt: TenantRow & {
    message_id: string;
    number: number;
    epoch: number;
    node: string;
    alone: boolean;
    outcome: string;
    error_code: number | null;
    started_at: Instant;
    written_at: NullableInstant;
    ended_at: NullableInstant;
  };
  message_media: TenantRow & { message_id: string; state: string; due_at: NullableInstant };
  inbox: TenantRow & {
    id: string;
    whatsapp_id: string;
    chat: string;
    participant: string;
    from_me: boolean;
    content: Buffer | null;
    envelope: ColumnType<unknown, string, string>;
    received_at: Instant;
    due_at: NullableInstant;
    attempt_count: number;
    failure: string | null;
  };
}
