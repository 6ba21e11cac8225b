import { children, node, unixSeconds, type Node } from '../wire/node.js';
import type { Group } from '../state/group.js';
import type { Account } from '../state/account.js';
import { IqError, type IqHandler } from './iq-handler.js';

/** `w:g2`: the groups an account is in, or one group by its address. */
export const groupRequest: IqHandler = (iq, { device, network }) => {
  const to = iq.attrs['to'] ?? '';
  const { groups } = network;
  if (to === '@g.us' || to === 'g.us') {
    const own = groups.filter((group) => group.has(device.account)).map(describe);
    return [node('groups', {}, own)];
  }
  const group = groups.find((each) => each.jid === to);
  if (!group) throw new IqError(404, 'item-not-found');
  if (!group.has(device.account)) throw new IqError(403, 'forbidden');
  if (children(iq)[0]?.tag !== 'query') throw new IqError(501, 'feature-not-implemented');
  return [describe(group)];
};

function describe(group: Group): Node {
  const participants = group.members.map((member: Account, index) =>
    node('participant', {
      jid: member.address('pn'),
      lid: member.address('lid'),
      type: index === 0 ? 'superadmin' : undefined,
    }),
  );
  const creator = group.members[0]?.address('pn');
  const id = group.jid.replace('@g.us', '');
  return node(
    'group',
    { id, subject: group.subject, s_t: unixSeconds(), creation: unixSeconds(), creator },
    participants,
  );
}
