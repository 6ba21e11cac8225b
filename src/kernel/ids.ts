import { TypeID } from 'typeid-js';
import { v7 } from 'uuid';
import { kernelErrors } from './errors.js';

/** Prefix of the public id of each node type. Inside, ids are UUIDv7; outside they are `dev_01h…` TypeIDs. */
export const ID_PREFIXES = {
  Agency: 'agc',
  Subaccount: 'sub',
  Plan: 'pln',
  Package: 'pkg',
  Voucher: 'vch',
  User: 'usr',
  Team: 'team',
  Invitation: 'inv',
  ApiKey: 'key',
  Device: 'dev',
  Contact: 'ctc',
  ContactField: 'cfd',
  ContactNote: 'cnt',
  BulkOperation: 'blk',
  Conversation: 'cnv',
  ConversationNote: 'cnn',
  ConversationView: 'cnw',
  Message: 'msg',
  CannedReply: 'cnr',
  WebhookEndpoint: 'whe',
  WebhookDelivery: 'whd',
  WebhookReplay: 'whr',
  Pipeline: 'ppl',
  Stage: 'stg',
  Deal: 'deal',
  Automation: 'aut',
  AutomationRun: 'run',
  Event: 'evt',
  AuditEntry: 'aud',
} as const;

export type NodeType = keyof typeof ID_PREFIXES;

/** A new UUIDv7: sortable by time, monotonic within this process. `atMs` is Unix time in milliseconds. */
export function newId(atMs?: number): string {
  return atMs === undefined ? v7() : v7({ msecs: atMs });
}

/** The smallest id that can have been made at that time or later. */
export function lowestIdOf(at: Date): string {
  const hex = at.getTime().toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}

/** When an id was made. */
export function timeOf(uuid: string): Date {
  return new Date(Number.parseInt(uuid.replaceAll('-', '').slice(0, 12), 16));
}

/** A new id that sorts behind `earlier` also when another process made that one and its clock is ahead of ours. */
export function newIdAfter(earlier: string | null): string {
  const id = newId();
  return earlier === null || id > earlier ? id : successorOf(earlier);
}

/** Its random part, the last 62 bits, counted on by one. */
function successorOf(uuid: string): string {
  const digits = uuid.replaceAll('-', '');
  const tail = (BigInt(`0x${digits.slice(16)}`) + 1n).toString(16).padStart(16, '0');
  return `${uuid.slice(0, 18)}-${tail.slice(0, 4)}-${tail.slice(4)}`;
}

/** `('Device', uuid)` → `dev_…`. */
export function toPublicId(type: NodeType, uuid: string): string {
  return TypeID.fromUUID(ID_PREFIXES[type], uuid).toString();
}

/** `dev_…` → uuid; throws INVALID_ID naming `path` when it is malformed or of another type. */
export function fromPublicId(type: NodeType, publicId: string, path = 'id'): string {
  const parsed = parsePublicId(publicId);
  if (parsed?.type === type) return parsed.uuid;
  const message = `${path} must be the id of a ${type}, such as ${ID_PREFIXES[type]}_01h2xcejqtf2nbrexx3vqjhp41`;
  throw kernelErrors.INVALID_ID({ message, fields: [{ path, message }] });
}

/** The type and uuid of any public id, or null when it is none of ours. */
export function parsePublicId(publicId: string): { type: NodeType; uuid: string } | null {
  const entry = Object.entries(ID_PREFIXES).find(([, prefix]) => publicId.startsWith(`${prefix}_`));
  if (entry === undefined) return null;
  try {
    return { type: entry[0] as NodeType, uuid: TypeID.fromString(publicId).toUUID() };
  } catch {
    return null;
  }
}

/** The uuid of any public id; throws INVALID_ID naming `path` when it is none. */
export function fromAnyPublicId(publicId: string, path: string): string {
  const parsed = parsePublicId(publicId);
  if (parsed !== null) return parsed.uuid;
  const message = `${path} must be an id that this API returned`;
  throw kernelErrors.INVALID_ID({ message, fields: [{ path, message }] });
}
