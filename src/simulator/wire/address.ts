import { jidDecode } from '@whiskeysockets/baileys';

/** How the server signs its own stanzas: a JID with an empty user. */
export const SERVER = '@s.whatsapp.net';

export interface Address {
  readonly user: string;
  readonly device: number;
  readonly server: string;
}

export function parseAddress(jid: string | undefined): Address | undefined {
  const decoded = jidDecode(jid);
  if (!decoded) return undefined;
  return { user: decoded.user, device: decoded.device ?? 0, server: decoded.server };
}

export function phoneAddress(number: string, device = 0): string {
  return device === 0 ? `${number}@s.whatsapp.net` : `${number}:${String(device)}@s.whatsapp.net`;
}

export function lidAddress(lid: string, device = 0): string {
  return device === 0 ? `${lid}@lid` : `${lid}:${String(device)}@lid`;
}

export type ChatKind = 'person' | 'group' | 'status' | 'newsletter' | 'server' | 'unknown';

export function chatKind(jid: string): ChatKind {
  if (jid === SERVER || jid === 's.whatsapp.net') return 'server';
  if (jid === 'status@broadcast') return 'status';
  if (jid.endsWith('@g.us')) return 'group';
  if (jid.endsWith('@newsletter')) return 'newsletter';
  if (jid.endsWith('@s.whatsapp.net') || jid.endsWith('@lid')) return 'person';
  return 'unknown';
}
