import { v5 } from 'uuid';
import type { Actor } from './context.js';
import { defineErrors, kernelErrors } from './errors.js';

/** What the event log can say. Topics are stable words of the API. */
export const EVENT_TOPICS = [
  'agency.created',
  'subaccount.created',
  'subaccount.updated',
  'subaccount.suspended',
  'subaccount.resumed',
  'user.created',
  'user.updated',
  'user.removed',
  'user.password_changed',
  'user.logged_in',
  'member.added',
  'member.updated',
  'member.removed',
  'invitation.created',
  'invitation.resent',
  'invitation.revoked',
  'invitation.accepted',
  'team.created',
  'team.updated',
  'team.deleted',
  'api_key.created',
  'api_key.revoked',
  'device.created',
  'device.updated',
  'device.deleted',
  'device.token_regenerated',
  'device.status_changed',
  'device.pairing_updated',
  'device.messages_unreadable',
  'device.quota_low',
  'device.quota_exhausted',
  'device.voucher_redeemed',
  'contact.created',
  'contact.updated',
  'contact.tag_added',
  'contact.tag_removed',
  'contact.opted_out',
  'contact.opted_in',
  'contact.blocked',
  'contact.unblocked',
  'contact.merged',
  'contact.deleted',
  'contact_field.created',
  'contact_field.updated',
  'contact_field.deleted',
  'contact_note.created',
  'contact_note.updated',
  'contact_note.deleted',
  'contact_settings.updated',
  'bulk_operation.updated',
  'conversation.created',
  'conversation.updated',
  'canned_reply.created',
  'canned_reply.updated',
  'canned_reply.deleted',
  'conversation.read',
  'conversation.note_created',
  'conversation.note_deleted',
  'conversation_view.created',
  'conversation_view.updated',
  'conversation_view.deleted',
  'inbox_settings.updated',
  'message.created',
  'message.received',
  'message.status_changed',
  'message.updated',
  'webhook_endpoint.created',
  'webhook_endpoint.updated',
  'webhook_endpoint.deleted',
  'webhook_endpoint.secret_rotated',
  'webhook_endpoint.disabled',
  'pipeline.created',
  'pipeline.updated',
  'pipeline.deleted',
  'deal.created',
  'deal.updated',
  'deal.moved',
  'deal.won',
  'deal.lost',
  'deal.deleted',
  'automation.created',
  'automation.updated',
  'automation.deleted',
  'automation.called',
  'automation.run_failed',
] as const;

export type EventTopic = (typeof EVENT_TOPICS)[number];

/** Who made something happen, as the log keeps it. Names rows by uuid only. */
export type EventActor =
  | { readonly kind: 'OPERATOR' }
  | { readonly kind: 'USER'; readonly userId: string }
  | { readonly kind: 'API_KEY'; readonly apiKeyId: string }
  /** A token of a device, held by somebody outside. */
  | { readonly kind: 'DEVICE_TOKEN'; readonly deviceId: string }
  /** WhatsApp or the phone, through the live session of a device. */
  | { readonly kind: 'DEVICE'; readonly deviceId: string }
  | { readonly kind: 'AUTOMATION'; readonly automationId: string; readonly depth: number }
  /** The server itself; `name` says which work of it. */
  | { readonly kind: 'SYSTEM'; readonly name: string }
  /** Somebody without a token: who signs up. */
  | { readonly kind: 'ANONYMOUS' };

export type EventActorKind = EventActor['kind'];

export function eventActorOf(actor: Actor): EventActor {
  switch (actor.kind) {
    case 'anonymous':
      return { kind: 'ANONYMOUS' };
    case 'operator':
      return { kind: 'OPERATOR' };
    case 'user':
      return { kind: 'USER', userId: actor.userId };
    case 'api_key':
      return { kind: 'API_KEY', apiKeyId: actor.apiKeyId };
    case 'device_token':
      return { kind: 'DEVICE_TOKEN', deviceId: actor.deviceId };
    case 'device':
      return { kind: 'DEVICE', deviceId: actor.deviceId };
    case 'automation':
      return { kind: 'AUTOMATION', automationId: actor.automationId, depth: actor.depth };
    case 'job':
      return { kind: 'SYSTEM', name: actor.name };
    case 'system':
      return { kind: 'SYSTEM', name: actor.reason };
  }
}

/** An event to append in the transaction of the change. Payloads carry ids (uuids) and small facts, never bodies or secrets. */
export interface NewEvent {
  readonly topic: EventTopic;
  /** The stream: a subaccount's, or the agency's own when null. */
  readonly subaccountId: string | null;
  /** Also append to the agency's stream (device status is). */
  readonly alsoAgency?: boolean;
  readonly payload: Readonly<Record<string, unknown>>;
}

export interface StoredEvent {
  /** The subaccount's or the agency's uuid. */
  readonly streamId: string;
  readonly seq: number;
  readonly topic: EventTopic;
  readonly subaccountId: string | null;
  readonly payload: Readonly<Record<string, unknown>>;
  /** null: from before actors were kept. */
  readonly actor: EventActor | null;
  readonly occurredAt: Date;
}

/** A place in a stream; outside it is opaque text. */
export interface EventCursor {
  readonly streamId: string;
  readonly seq: number;
}

/** An event's id: the same wherever and however often it is told. */
export function eventIdOf({ streamId, seq }: EventCursor): string {
  return v5(String(seq), streamId);
}

export function encodeEventCursor(cursor: EventCursor): string {
  return Buffer.from(`${cursor.streamId}:${cursor.seq}`).toString('base64url');
}

export function decodeEventCursor(value: string, path = 'after'): EventCursor {
  const match = /^([0-9a-f-]{36}):(\d{1,15})$/.exec(Buffer.from(value, 'base64url').toString('utf8'));
  if (match?.[1] !== undefined && match[2] !== undefined)
    return { streamId: match[1], seq: Number(match[2]) };
  const message = `${path} is not an event cursor that this API returned`;
  throw kernelErrors.INVALID_CURSOR({ message, fields: [{ path, message }] });
}

export const eventErrors = defineErrors({
  CURSOR_EXPIRED: {
    kind: 'INVALID_STATE',
    message: 'The cursor is older than what the event log keeps; start again from `oldestAvailable`.',
  },
});
