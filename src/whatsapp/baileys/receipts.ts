import { getBinaryNodeChild, getBinaryNodeChildren, type BinaryNode } from '@whiskeysockets/baileys';
import { chatAddressOf, chatKindOf, lidOf, phoneOf } from '../addresses.js';
import type { LinkedIdentity, ReceiptKind, ReceiptUpdate } from '../ports.js';

/** `inactive` is a delivery to a device whose owner is not looking at WhatsApp. */
const KINDS: ReadonlyMap<string | undefined, ReceiptKind> = new Map([
  [undefined, 'DELIVERED'],
  ['inactive', 'DELIVERED'],
  ['read', 'READ'],
  ['played', 'PLAYED'],
]);

/** What a `<receipt>` says about messages of ours; null for retry requests, own devices' receipts, groups and status posts. */
export function readReceipt(node: BinaryNode, own: LinkedIdentity, now: Date): ReceiptUpdate | null {
  const { from, id, type, t } = node.attrs;
  const kind = KINDS.get(type);
  if (kind === undefined || from === undefined || id === undefined) return null;
  if (isOwn(from, own) || chatKindOf(from) !== 'DIRECT') return null;
  const list = getBinaryNodeChild(node, 'list');
  const others = getBinaryNodeChildren(list, 'item').flatMap((item) => item.attrs.id ?? []);
  return {
    whatsappIds: [id, ...others],
    chat: chatAddressOf(from),
    kind,
    at: t === undefined ? now : new Date(Number(t) * 1000),
  };
}

function isOwn(address: string, own: LinkedIdentity): boolean {
  const lid = lidOf(address);
  return phoneOf(address) === own.phoneNumber || (lid !== null && lid === own.lid);
}
