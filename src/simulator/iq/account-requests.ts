import { child, children, node, unixSeconds, type Node } from '../wire/node.js';
import { randomBytes } from 'node:crypto';
import type { IqHandler } from './iq-handler.js';

const PRIVACY = {
  readreceipts: 'all',
  profile: 'all',
  status: 'all',
  online: 'all',
  last: 'all',
  groupadd: 'all',
  calladd: 'all',
} as const;

// Ids of the persisted queries, fixed by WhatsApp.
const REACHOUT_TIMELOCK_QUERY = '23983697327930364';
const NEW_CHAT_CAP_QUERY = '24503548349331633';

export const empty: IqHandler = () => [];

export const activate: IqHandler = (_iq, { device, activate: ready }) => {
  ready(device);
  return [];
};

export const properties: IqHandler = () => [node('props', { hash: 'none', protocol: '1' }, [])];

export const blocklist: IqHandler = () => [node('list', { dhash: 'none' }, [])];

export const privacy: IqHandler = () => {
  const categories = Object.entries(PRIVACY).map(([name, value]) => node('category', { name, value }));
  return [node('privacy', {}, categories)];
};

/** After the first message to a contact clients ask for a token that says "we know each other". */
export const trustedContactTokens: IqHandler = (iq) => {
  const tokens = children(child(iq, 'tokens'), 'token').map(({ attrs }) =>
    node(
      'token',
      { jid: attrs['jid'], t: attrs['t'] ?? unixSeconds(), type: 'trusted_contact' },
      randomBytes(16),
    ),
  );
  return [node('tokens', {}, tokens)];
};

export const mediaConnection: IqHandler = (_iq, { network }) => {
  const host = node('host', {
    hostname: network.mediaHost(),
    maxContentLengthBytes: String(100 * 1024 * 1024),
  });
  return [node('media_conn', { auth: randomBytes(12).toString('hex'), ttl: '3600' }, [host])];
};

export const removeCompanion: IqHandler = (_iq, { device, unlink }) => {
  unlink(device);
  return [];
};

export const businessProfile: IqHandler = (iq, { network }) => {
  const profiles = children(child(iq, 'business_profile'), 'profile').flatMap(({ attrs }): Node[] => {
    const account = network.directory.byAddress(attrs['jid']);
    if (!account?.profile.business) return [];
    const description = account.profile.verifiedName ?? account.profile.name;
    return [node('profile', { jid: attrs['jid'] }, [node('description', {}, description)])];
  });
  return [node('business_profile', {}, profiles)];
};

/** GraphQL-like queries; stock clients ask with them how far the account may write to strangers. */
export const graphQuery: IqHandler = (iq, { device }) => {
  const { reachoutTimelock, newChatCap } = device.account;
  const answers: Partial<Record<string, unknown>> = {
    [REACHOUT_TIMELOCK_QUERY]: {
      xwa2_fetch_account_reachout_timelock: reachoutTimelock ?? {
        is_active: false,
        time_enforcement_ends: '0',
      },
    },
    [NEW_CHAT_CAP_QUERY]: { xwa2_message_capping_info: newChatCap },
  };
  const data = answers[child(iq, 'query')?.attrs['query_id'] ?? ''] ?? {};
  return [node('result', {}, JSON.stringify({ data }))];
};

/** Profile pictures: nobody here has one. */
export const profilePicture: IqHandler = () => [];
