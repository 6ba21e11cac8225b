import type { ChatKind } from './content.types.js';

/** Servers whose user part is a phone number; `hosted` is a business number that Meta runs in its cloud. */
const PHONE_SERVERS: ReadonlySet<string> = new Set(['s.whatsapp.net', 'c.us', 'hosted']);
const LID_SERVERS: ReadonlySet<string> = new Set(['lid', 'hosted.lid']);

interface Parts {
  readonly user: string;
  readonly server: string;
}

function split(address: string): Parts | null {
  const at = address.lastIndexOf('@');
  if (at < 0) return null;
  // `user_agent:device@server`: a chat is the same whichever of the person's devices writes.
  const user = address.slice(0, at).split(':')[0]?.split('_')[0] ?? '';
  return { user, server: address.slice(at + 1) };
}

/** E.164 digits when the address is a phone address, else null. */
export function phoneOf(address: string | null | undefined): string | null {
  const parts = address ? split(address) : null;
  return parts !== null && PHONE_SERVERS.has(parts.server) && /^\d+$/.test(parts.user) ? parts.user : null;
}

/** `…@lid` without a device when the address is a LID (a person's number-free id), else null. */
export function lidOf(address: string | null | undefined): string | null {
  const parts = address ? split(address) : null;
  return parts !== null && LID_SERVERS.has(parts.server) && parts.user !== '' ? `${parts.user}@lid` : null;
}

/** The chat that an address belongs to: no device part, hosted numbers as ordinary ones. */
export function chatAddressOf(address: string): string {
  const phone = phoneOf(address);
  return phone === null ? (lidOf(address) ?? address) : `${phone}@s.whatsapp.net`;
}

/** E.164 digits or an existing chat's address → an address. */
export function toAddress(to: string): string {
  return to.includes('@') ? chatAddressOf(to) : `${to}@s.whatsapp.net`;
}

/** What kind of chat an address is; `own` are the account's addresses. */
export function chatKindOf(
  address: string,
  own: { readonly phoneNumber: string; readonly lid: string | null } | null = null,
): ChatKind {
  const parts = split(address);
  if (parts === null) return 'OTHER';
  const phone = phoneOf(address);
  const lid = lidOf(address);
  if (phone !== null || lid !== null) {
    const self = own !== null && (phone === own.phoneNumber || (lid !== null && lid === own.lid));
    // Announcements of WhatsApp itself come from the number 0.
    return phone === '0' ? 'OTHER' : self ? 'SELF' : 'DIRECT';
  }
  if (parts.server === 'g.us') return 'GROUP';
  if (parts.server === 'newsletter') return 'NEWSLETTER';
  if (parts.server === 'broadcast') return parts.user === 'status' ? 'STATUS' : 'BROADCAST';
  return 'OTHER';
}
