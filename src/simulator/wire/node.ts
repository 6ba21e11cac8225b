import type { BinaryNode } from '@whiskeysockets/baileys';

/** A stanza or a part of one, as WhatsApp's binary XML knows it. */
export type Node = BinaryNode;

/** Builds a node. Attributes that are `undefined` are left out; all others must be strings on the wire. */
export function node(
  tag: string,
  attrs: Record<string, string | undefined> = {},
  content?: Node[] | Uint8Array | string,
): Node {
  const present: Record<string, string> = {};
  for (const [name, value] of Object.entries(attrs)) if (value !== undefined) present[name] = value;
  if (content === undefined) return { tag, attrs: present };
  // A string may be packed as token, nibbles or JID and come out changed: bytes always arrive as they are.
  return { tag, attrs: present, content: typeof content === 'string' ? Buffer.from(content) : content };
}

export function children(parent: Node | undefined, tag?: string): Node[] {
  if (!Array.isArray(parent?.content)) return [];
  return tag === undefined ? parent.content : parent.content.filter((each) => each.tag === tag);
}

export function child(parent: Node | undefined, tag: string): Node | undefined {
  return children(parent, tag)[0];
}

export function bytes(of: Node | undefined): Buffer {
  const content = of?.content;
  if (content === undefined || Array.isArray(content)) return Buffer.alloc(0);
  return Buffer.from(content);
}

export function text(of: Node | undefined): string {
  return bytes(of).toString('utf8');
}

export function unsigned(value: number, length: number): Buffer {
  const out = Buffer.alloc(length);
  out.writeUIntBE(value, 0, length);
  return out;
}

export function unsignedOf(from: Node | undefined): number {
  const content = bytes(from);
  return content.length === 0 || content.length > 6 ? 0 : content.readUIntBE(0, content.length);
}

export function unixSeconds(): string {
  return String(Math.floor(Date.now() / 1000));
}

/** A stanza that breaks the protocol: its connection is closed, nothing else is. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}
