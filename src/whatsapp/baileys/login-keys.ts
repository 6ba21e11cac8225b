import { jidDecode, type AuthenticationCreds } from '@whiskeysockets/baileys';
import type { KeyName } from '../ports.js';

/** The library's name for its list of those whose privacy tokens it holds. */
const PEOPLE_WITH_TOKENS = '__index';

/** What the library asks the key store for in every login, one after another; the store is asked once, beside the credentials. */
export function loginKeys({ me, nextPreKeyId }: AuthenticationCreds): readonly KeyName[] {
  const own = jidDecode(me?.id);
  if (own === undefined) return [];
  const { user, device = 0 } = own;
  return [
    { type: 'pre-key', id: String(nextPreKeyId - 1) },
    { type: 'lid-mapping', id: user },
    { type: 'device-list', id: user },
    { type: 'session', id: `${user}.${String(device)}` },
    { type: 'tctoken', id: PEOPLE_WITH_TOKENS },
  ];
}
