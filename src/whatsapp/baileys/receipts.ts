import { getBinaryNodeChild, getBinaryNodeChildren, type BinaryNode } from '@whiskeysockets/baileys';
import { chatAddressOf, chatKindOf, lidOf, phoneOf } from '../addresses.js';
import type { LinkedIdentity, OwnReading, ReceiptKind, ReceiptUpdate } from '../ports.js';

/** `inactive` is a delivery to a device whose owner is not looking at WhatsApp. */
const KINDS: ReadonlyMap<string | undefined, ReceiptKind> = new Map([
  [undefined, 'DELIVERED'],
  ['inactive', 'DELIVERED'],
  ['read', 'READ'],
  ['played', 'PLAYED'],
]);

/** What a `<receipt>` says about messages of ours; null for retry requests, own devices' receipts, groups and status posts. */
export function readReceipt(node: BinaryNode, own: LinkedIdentity, now: Date): ReceiptUpdate | null {
  const { from, id, type } = node.attrs;
  const kind = KINDS.get(type);
  if (kind === undefined || from === undefined || id === undefined) return null;
  if (isOwn(from, own) || chatKindOf(from) !== 'DIRECT') return null;
  return { whatsappIds: idsOf(node), chat: chatAddressOf(from), kind, at: timeOf(node, now) };
}

/** What a `<receipt>` of the own account says about messages that came to it: `read-self` where its privacy tells nobody else. */
export function readElsewhere(node: BinaryNode, own: LinkedIdentity, now: Date): OwnReading | null {
  const { from, id, type, recipient, participant } = node.attrs;
  if ((type !== 'read' && type !== 'read-self') || from === undefined || id === undefined) return null;
  const inGroup = chatKindOf(from) === 'GROUP' && participant !== undefined && isOwn(participant, own);
  const chat = inGroup ? from : isOwn(from, own) ? recipient : undefined;
  return chat === undefined
    ? null
    : { whatsappIds: idsOf(node), chat: chatAddressOf(chat), at: timeOf(node, now) };
}

function idsOf(node: BinaryNode): string[] {
  const others = getBinaryNodeChildren(getBinaryNodeChild(node, 'list'), 'item');
  return [node, ...others].flatMap(({ attrs }) => attrs.id ?? []);
}

function timeOf({ attrs: { t } }: BinaryNode, now: Date): Date {
  return t === undefined ? now : new Date(Number(t) * 1000);
}

function isOwn(address: string, own: LinkedIdentity): boolean {
  const lid = lidOf(address);
  return phoneOf(address) === own.phoneNumber || (lid !== null && lid === own.lid);
}
