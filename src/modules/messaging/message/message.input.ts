import { toUSVString } from 'node:util';
import { z } from 'zod';
import { invalidInput } from '../../../kernel/errors.js';
import { idempotencyKeyText, parseInput } from '../../../kernel/input.js';
import { parsePhone } from '../../../kernel/phone.js';
import { WHEN_OFFLINE } from '../outbound/send.policy.js';
import { MEDIA_TYPES } from './message.kind.js';
import { MESSAGE_ORIGINS } from './message.origin.js';
import type { MessageOrigin } from './message.origin.js';
import { PRIORITIES } from './message.priority.js';

const MAX_TEXT_LENGTH = 4_096;
const MAX_CAPTION_LENGTH = 1_024;
const MAX_FILE_NAME_LENGTH = 255;
const MAX_EXPIRY_SECONDS = 30 * 24 * 60 * 60;
const MAX_SCHEDULE_MS = 366 * 24 * 60 * 60 * 1_000;
const MAX_RETRY_INTERVAL_SECONDS = 24 * 60 * 60;
const MAX_MAX_ATTEMPTS = 20;

/** What a caller wants to be sent, and with what: a device, or whichever device of a subaccount fits best. Ids are uuids. */
export interface SendMessageRequest {
  readonly deviceId?: string | null | undefined;
  readonly subaccountId?: string | null | undefined;
  /** A number; or a contact, with or without one. */
  readonly to?: string | null | undefined;
  readonly contactId?: string | null | undefined;
  readonly text?: string | null | undefined;
  readonly media?:
    | {
        readonly url: string;
        readonly type?: string | null | undefined;
        readonly fileName?: string | null | undefined;
      }
    | null
    | undefined;
  readonly whenOffline?: string | null | undefined;
  readonly expiresInSeconds?: number | null | undefined;
  readonly expiresAt?: Date | null | undefined;
  readonly priority?: string | null | undefined;
  readonly scheduledAt?: Date | null | undefined;
  readonly retryIntervalSeconds?: number | null | undefined;
  readonly maxAttempts?: number | null | undefined;
  readonly idempotencyKey?: string | null | undefined;
  /** Not for callers from outside to choose. Default PERSON. */
  readonly origin?: MessageOrigin | undefined;
  /** The message that it answers. */
  readonly replyToId?: string | null | undefined;
}

const Media = z.object({
  url: z.string(),
  type: z.enum(MEDIA_TYPES).nullish().transform(orNull),
  fileName: z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(MAX_FILE_NAME_LENGTH, `must have at most ${MAX_FILE_NAME_LENGTH} characters`)
    .regex(/^[^\p{Cc}/\\]*$/u, 'must be a name without folders or control characters')
    .nullish()
    .transform(orNull),
});

const Body = z
  .object({
    // A NUL cannot be stored, half a surrogate pair cannot be sent.
    text: z
      .string()
      .regex(/^[^\0]*$/, 'must not contain the character U+0000')
      .transform(toUSVString)
      .nullish()
      .transform(orNull),
    media: Media.nullish().transform(orNull),
    whenOffline: z
      .enum(WHEN_OFFLINE)
      .nullish()
      .transform((value) => value ?? 'QUEUE'),
    priority: z
      .enum(PRIORITIES)
      .nullish()
      .transform((value) => value ?? 'NORMAL'),
    scheduledAt: z.date().nullish().transform(orNull),
    retryIntervalSeconds: wholeNumber(1, MAX_RETRY_INTERVAL_SECONDS),
    maxAttempts: wholeNumber(1, MAX_MAX_ATTEMPTS),
    idempotencyKey: idempotencyKeyText().nullish().transform(orNull),
    origin: z.enum(MESSAGE_ORIGINS).default('PERSON'),
  })
  .superRefine(({ text, media }, issues) => {
    const refuse = (message: string) => issues.addIssue({ code: 'custom', path: ['text'], message });
    if (media === null && (text === null || text.trim() === '')) refuse('must not be empty without media');
    const limit = media === null ? MAX_TEXT_LENGTH : MAX_CAPTION_LENGTH;
    if (text !== null && text.length > limit) refuse(`must have at most ${limit} characters`);
    if (text !== null && media?.type === 'AUDIO') refuse('cannot go with audio');
  });

export type MessageBody = z.output<typeof Body>;

/** A request whose form is right. Whether the moment is right (expiry, the device's state) is judged later, so that a replay is answered first. */
export interface MessageDraft extends MessageBody {
  readonly target: { readonly deviceId: string } | { readonly subaccountId: string };
  /** By E.164 digits, or whatever WhatsApp knows the contact by. */
  readonly recipient: { readonly to: string } | { readonly contactId: string };
  readonly replyToId: string | null;
  readonly expiry: { readonly at: Date } | { readonly inSeconds: number } | null;
}

export function parseSendMessage(request: SendMessageRequest): MessageDraft {
  const target = parseTarget(request);
  const recipient = parseRecipient(request);
  const body = parseInput(Body, request);
  const text = body.text === null || body.text.trim() === '' ? null : body.text;
  const replyToId = request.replyToId ?? null;
  return { ...body, target, text, recipient, replyToId, expiry: parseExpiry(request) };
}

function parseRecipient({ to, contactId }: SendMessageRequest): MessageDraft['recipient'] {
  if (to != null && contactId == null) return { to: parsePhone(to, 'input.to') };
  if (to == null && contactId != null) return { contactId };
  const message = 'name either a number or a contact';
  throw invalidInput([
    { path: 'input.to', message },
    { path: 'input.contactId', message },
  ]);
}

function parseTarget({ deviceId, subaccountId }: SendMessageRequest): MessageDraft['target'] {
  if (deviceId != null && subaccountId == null) return { deviceId };
  if (deviceId == null && subaccountId != null) return { subaccountId };
  const message = 'name either a device or a subaccount';
  throw invalidInput([
    { path: 'input.deviceId', message },
    { path: 'input.subaccountId', message },
  ]);
}

/** `expiresAt` wins; the other is then not even looked at. */
function parseExpiry({ expiresAt, expiresInSeconds }: SendMessageRequest): MessageDraft['expiry'] {
  if (expiresAt) return { at: expiresAt };
  if (expiresInSeconds === null || expiresInSeconds === undefined) return null;
  if (Number.isInteger(expiresInSeconds) && expiresInSeconds >= 1 && expiresInSeconds <= MAX_EXPIRY_SECONDS) {
    return { inSeconds: expiresInSeconds };
  }
  throw invalidInput([
    { path: 'input.expiresInSeconds', message: `must be a whole number from 1 to ${MAX_EXPIRY_SECONDS}` },
  ]);
}

/** When the message expires; throws when that is not in the future, or before its scheduled time. */
export function expiryOf({ expiry, scheduledAt }: MessageDraft, now: Date): Date | null {
  if (expiry === null) return null;
  const from = scheduledAt ?? now;
  if ('inSeconds' in expiry) return new Date(from.getTime() + expiry.inSeconds * 1_000);
  const message = expiry.at <= now ? 'must be in the future' : 'must be after scheduledAt';
  if (expiry.at > now && expiry.at > from) return expiry.at;
  throw invalidInput([{ path: 'input.expiresAt', message }]);
}

/** Throws when the scheduled time is not in the future, or too far in it. */
export function assertSchedulable({ scheduledAt }: MessageDraft, now: Date): void {
  if (scheduledAt === null) return;
  const aheadMs = scheduledAt.getTime() - now.getTime();
  if (aheadMs > 0 && aheadMs <= MAX_SCHEDULE_MS) return;
  const message = aheadMs > 0 ? 'must be within a year' : 'must be in the future';
  throw invalidInput([{ path: 'input.scheduledAt', message }]);
}

function wholeNumber(min: number, max: number) {
  const message = `must be a whole number from ${min} to ${max}`;
  return z
    .number({ message })
    .int(message)
    .min(min, message)
    .max(max, message)
    .nullish()
    .transform((value) => value ?? null);
}

function orNull<T>(value: T | null | undefined): T | null {
  return value ?? null;
}
